using System.Text.Json;
using System.Text.Json.Serialization;

namespace DmDouble.Systemctl;

/// <summary>What the supervisor of a unit writes down about it.</summary>
/// <param name="Supervisor">Process that supervises; 0 when none does.</param>
/// <param name="SupervisorStart">Its start time in clock ticks: an id that the kernel gave to another process is told apart by it.</param>
internal sealed record UnitState(
    string ActiveState, string SubState, string Result, int MainPid, int Restarts, int ExecMainStatus, int Supervisor, long SupervisorStart)
{
    public static readonly UnitState Dead = new("inactive", "dead", "success", 0, 0, 0, 0, 0);

    public bool IsOn => ActiveState is "active" or "activating" or "deactivating";

    /// <summary>The state, corrected where the supervisor is not there any more.</summary>
    public static UnitState Load(string file)
    {
        if (!File.Exists(file))
        {
            return Dead;
        }

        var state = JsonSerializer.Deserialize(File.ReadAllBytes(file), UnitStateJson.Default.UnitState)!;
        return state.Supervisor == 0 || StartOf(state.Supervisor) == state.SupervisorStart
            ? state
            : state with { ActiveState = "failed", SubState = "failed", Result = "signal", MainPid = 0, Supervisor = 0 };
    }

    public void Save(string file)
    {
        File.WriteAllBytes(file + ".tmp", JsonSerializer.SerializeToUtf8Bytes(this, UnitStateJson.Default.UnitState));
        File.Move(file + ".tmp", file, overwrite: true);
    }

    /// <summary>Start time of a process in clock ticks after the boot, -1 when there is none.</summary>
    public static long StartOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }
}

[JsonSerializable(typeof(UnitState))]
internal sealed partial class UnitStateJson : JsonSerializerContext;
