using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DmDouble.Systemctl;

/// <summary>The run-time state of a unit, written by its supervisor.</summary>
/// <param name="Supervisor">Process that keeps the unit; 0 once it is done.</param>
internal sealed record UnitState(
    string ActiveState = "inactive",
    string SubState = "dead",
    string Result = "success",
    int MainPid = 0,
    int Restarts = 0,
    int ExecMainPid = 0,
    int ExecMainCode = 0,
    int ExecMainStatus = 0,
    string InvocationId = "",
    int Supervisor = 0)
{
    public bool IsRunning => ActiveState == "active";
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(UnitState))]
internal sealed partial class UnitStateJson : JsonSerializerContext;

/// <summary>Unit files and, beside them, what systemd would hold in memory.</summary>
internal sealed class UnitStore
{
    public UnitStore(string units, string run)
    {
        Units = units;
        Run = run;
        Directory.CreateDirectory(run);
    }

    public string Units { get; }

    public string Run { get; }

    /// <summary><c>DM_DOUBLE_UNITS</c> and <c>DM_DOUBLE_RUN</c>, or the user's unit directory and <c>.run</c> in it.</summary>
    public static UnitStore FromEnvironment()
    {
        var home = Environment.GetEnvironmentVariable("HOME") ?? "/root";
        var units = Environment.GetEnvironmentVariable("DM_DOUBLE_UNITS") is { Length: > 0 } named ? named : Path.Combine(home, ".config/systemd/user");
        var run = Environment.GetEnvironmentVariable("DM_DOUBLE_RUN") is { Length: > 0 } place ? place : Path.Combine(units, ".run");
        return new UnitStore(units, run);
    }

    public static string FullName(string unit) => unit.Contains('.', StringComparison.Ordinal) ? unit : unit + ".service";

    public string FileOf(string unit) => Path.Combine(Units, unit);

    public string LogOf(string unit) => Path.Combine(Run, unit + ".log");

    public string WantsLinkOf(string unit) => Path.Combine(Units, "multi-user.target.wants", unit);

    /// <summary>The unit as it was loaded: at its first use, or at the last daemon-reload.</summary>
    /// <returns>Null when there is no such unit.</returns>
    public UnitFile? Load(string unit)
    {
        var loaded = LoadedOf(unit);
        if (!File.Exists(loaded))
        {
            if (!File.Exists(FileOf(unit)))
            {
                return null;
            }

            Copy(unit);
        }

        return UnitFile.Parse(unit, FileOf(unit), File.ReadAllText(loaded));
    }

    public bool NeedsReload(string unit) =>
        File.Exists(LoadedOf(unit)) && (!File.Exists(FileOf(unit)) || File.ReadAllText(FileOf(unit)) != File.ReadAllText(LoadedOf(unit)));

    public void Reload()
    {
        foreach (var loaded in Directory.EnumerateFiles(Run, "*.loaded"))
        {
            var unit = Path.GetFileNameWithoutExtension(loaded);
            if (File.Exists(FileOf(unit)))
            {
                Copy(unit);
            }
            else
            {
                File.Delete(loaded);
            }
        }
    }

    /// <summary>State as it is now. If the supervisor was killed, the unit has died with it.</summary>
    public UnitState State(string unit)
    {
        var state = Saved(unit);
        if (state.Supervisor == 0 || IsSupervisor(state.Supervisor, unit))
        {
            return state;
        }

        // Gone. Its last words may have come after the first look.
        var last = Saved(unit);
        return last.Supervisor != state.Supervisor
            ? last
            : last with { ActiveState = "failed", SubState = "failed", Result = "signal", MainPid = 0, ExecMainCode = 2, ExecMainStatus = 9, Supervisor = 0 };
    }

    private UnitState Saved(string unit) =>
        File.Exists(StateOf(unit)) ? JsonSerializer.Deserialize(File.ReadAllText(StateOf(unit)), UnitStateJson.Default.UnitState)! : new UnitState();

    public void Save(string unit, UnitState state)
    {
        var file = StateOf(unit);
        File.WriteAllText(file + ".tmp", JsonSerializer.Serialize(state, UnitStateJson.Default.UnitState));
        File.Move(file + ".tmp", file, overwrite: true);
    }

    /// <summary>One command at a time on a unit.</summary>
    public async Task<IDisposable> LockAsync(string unit)
    {
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Run, unit + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(20);
            }
        }
    }

    private static bool IsSupervisor(int pid, string unit)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline").Split('\0');
            return arguments.Contains(Supervisor.Verb) && arguments.Contains(unit);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Copy(string unit)
    {
        File.Copy(FileOf(unit), LoadedOf(unit) + ".tmp", overwrite: true);
        File.Move(LoadedOf(unit) + ".tmp", LoadedOf(unit), overwrite: true);
    }

    private string LoadedOf(string unit) => Path.Combine(Run, unit + ".loaded");

    private string StateOf(string unit) => Path.Combine(Run, unit + ".state");
}
