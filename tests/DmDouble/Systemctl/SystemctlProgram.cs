using System.Globalization;
using System.Text;

namespace DmDouble.Systemctl;

/// <summary><c>systemctl</c> for machines without systemd: the verbs, words and exit codes that a deployment tool depends on.</summary>
internal sealed class SystemctlProgram(UnitStore store, TextWriter output, TextWriter error)
{
    private static readonly string[] Shown =
    [
        "Type", "Restart", "RestartUSec", "TimeoutStopUSec", "MainPID", "Result", "NRestarts", "ExecMainPID", "ExecMainCode", "ExecMainStatus",
        "Id", "Names", "LoadState", "ActiveState", "SubState", "FragmentPath", "UnitFileState", "NeedDaemonReload", "InvocationID",
    ];

    private bool _quiet;

    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        List<string> words = [];
        List<string> properties = [];
        var (valueOnly, now) = (false, false);
        for (var i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "--user" or "--system" or "--no-pager" or "--no-ask-password" or "--no-block" or "--full" or "-l" or "--plain" or "--no-legend" or "--no-reload" or "-f" or "--force":
                    break;
                case "--":
                    words.AddRange(args.Skip(i + 1));
                    i = args.Count;
                    break;
                case "-q" or "--quiet":
                    _quiet = true;
                    break;
                case "--value":
                    valueOnly = true;
                    break;
                case "--now":
                    now = true;
                    break;
                case "-p" or "--property" when i + 1 < args.Count:
                    properties.AddRange(args[++i].Split(','));
                    break;
                case var option when option.StartsWith("--property=", StringComparison.Ordinal):
                    properties.AddRange(option["--property=".Length..].Split(','));
                    break;
                case var option when option.StartsWith("-p", StringComparison.Ordinal) && option.Length > 2:
                    properties.AddRange(option[2..].Split(','));
                    break;
                case var option when option.StartsWith('-'):
                    error.WriteLine($"systemctl: unrecognized option '{option}'");
                    return 1;
                case var word:
                    words.Add(word);
                    break;
            }
        }

        var verb = words.FirstOrDefault("list-units");
        var units = words.Skip(1).Select(UnitStore.FullName).ToList();
        return verb switch
        {
            "daemon-reload" => Reload(),
            "start" => await EachAsync(units, StartAsync),
            "stop" => await EachAsync(units, StopAsync),
            "restart" => await EachAsync(units, RestartAsync),
            "enable" => await EachAsync(units, async u => Enable(u) is var code && code == 0 && now ? await StartAsync(u) : code),
            "disable" => await EachAsync(units, async u => Disable(u) is var code && code == 0 && now ? await StopAsync(u) : code),
            "reset-failed" => await EachAsync(units, ResetFailedAsync),
            "is-active" => IsActive(units, s => s is "active", 3),
            "is-failed" => IsActive(units, s => s is "failed", 1),
            "is-enabled" => IsEnabled(units),
            "status" => Status(units),
            "show" => Show(units, properties, valueOnly),
            "--version" => 0,
            _ => Unknown(verb),
        };
    }

    private int Unknown(string verb)
    {
        error.WriteLine($"Unknown command verb {verb}.");
        return 1;
    }

    private async Task<int> EachAsync(IReadOnlyList<string> units, Func<string, Task<int>> action)
    {
        if (units.Count == 0)
        {
            error.WriteLine("Too few arguments.");
            return 1;
        }

        var codes = await Task.WhenAll(units.Select(action));
        return codes.Max();
    }

    private int Reload()
    {
        store.Reload();
        return 0;
    }

    private async Task<int> StartAsync(string unit)
    {
        using var held = await store.LockAsync(unit);
        return await StartLockedAsync(unit, "start");
    }

    private async Task<int> StartLockedAsync(string unit, string verb)
    {
        if (store.Load(unit) is null)
        {
            error.WriteLine($"Failed to {verb} {unit}: Unit {unit} not found.");
            return 5;
        }

        if (store.NeedsReload(unit))
        {
            error.WriteLine($"Warning: The unit file, source configuration file or drop-ins of {unit} changed on disk. Run 'systemctl --user daemon-reload' to reload units.");
        }

        var before = store.State(unit);
        if (before.IsRunning)
        {
            return 0;
        }

        // A start in the pause before an automatic restart starts at once.
        await StopLockedAsync(unit);
        store.Save(unit, new UnitState());
        Supervisor.Launch(store, unit);
        for (var i = 0; i < 1000; i++)
        {
            var state = store.State(unit);
            if (state.InvocationId.Length > 0 || state.ActiveState == "failed")
            {
                break;
            }

            await Task.Delay(10);
        }

        // Type=simple: a start has succeeded once the process is there.
        return 0;
    }

    private async Task<int> StopAsync(string unit)
    {
        using var held = await store.LockAsync(unit);
        if (store.Load(unit) is null && store.State(unit).Supervisor == 0)
        {
            error.WriteLine($"Failed to stop {unit}: Unit {unit} not loaded.");
            return 5;
        }

        await StopLockedAsync(unit);
        return 0;
    }

    private async Task StopLockedAsync(string unit)
    {
        var asked = 0;
        while (store.State(unit) is { Supervisor: not 0 and var supervisor })
        {
            if (asked != supervisor)
            {
                asked = supervisor;
                _ = Native.kill(supervisor, Native.Terminate);
            }

            await Task.Delay(10);
        }
    }

    private async Task<int> RestartAsync(string unit)
    {
        using var held = await store.LockAsync(unit);
        if (store.Load(unit) is not null)
        {
            await StopLockedAsync(unit);
        }

        return await StartLockedAsync(unit, "restart");
    }

    private async Task<int> ResetFailedAsync(string unit)
    {
        using var held = await store.LockAsync(unit);
        if (store.State(unit).ActiveState == "failed")
        {
            store.Save(unit, new UnitState());
        }

        return 0;
    }

    private int Enable(string unit)
    {
        if (!File.Exists(store.FileOf(unit)))
        {
            error.WriteLine($"Failed to enable unit: Unit file {unit} does not exist.");
            return 1;
        }

        var link = store.WantsLinkOf(unit);
        if (!File.Exists(link))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, store.FileOf(unit));
            if (!_quiet)
            {
                error.WriteLine($"Created symlink {link} → {store.FileOf(unit)}.");
            }
        }

        return 0;
    }

    private int Disable(string unit)
    {
        var link = store.WantsLinkOf(unit);
        if (new FileInfo(link).LinkTarget is not null)
        {
            File.Delete(link);
            if (!_quiet)
            {
                error.WriteLine($"Removed {link}.");
            }
        }
        else if (!File.Exists(store.FileOf(unit)))
        {
            error.WriteLine($"Failed to disable unit: Unit file {unit} does not exist.");
            return 1;
        }

        return 0;
    }

    private int IsActive(IReadOnlyList<string> units, Func<string, bool> isGood, int otherwise)
    {
        var any = false;
        foreach (var unit in units)
        {
            var state = store.State(unit).ActiveState;
            any |= isGood(state);
            if (!_quiet)
            {
                output.WriteLine(state);
            }
        }

        return any ? 0 : otherwise;
    }

    private int IsEnabled(IReadOnlyList<string> units)
    {
        var any = false;
        foreach (var unit in units)
        {
            if (!File.Exists(store.FileOf(unit)))
            {
                error.WriteLine($"Failed to get unit file state for {unit}: No such file or directory");
                continue;
            }

            var enabled = UnitFileState(unit);
            any |= enabled == "enabled";
            output.WriteLine(enabled);
        }

        return any ? 0 : 1;
    }

    private string UnitFileState(string unit) => !File.Exists(store.FileOf(unit)) ? "" : new FileInfo(store.WantsLinkOf(unit)).LinkTarget is not null ? "enabled" : "disabled";

    private int Status(IReadOnlyList<string> units)
    {
        var code = 0;
        foreach (var unit in units)
        {
            if (store.Load(unit) is not { } file)
            {
                error.WriteLine($"Unit {unit} could not be found.");
                return 4;
            }

            var state = store.State(unit);
            output.WriteLine($"{(state.IsRunning ? "●" : "○")} {unit} - {Path.GetFileNameWithoutExtension(unit)} service");
            output.WriteLine($"     Loaded: loaded ({file.Path}; {UnitFileState(unit)}; preset: enabled)");
            output.WriteLine($"     Active: {state.ActiveState} ({state.SubState})");
            if (state.MainPid > 0)
            {
                output.WriteLine($"   Main PID: {state.MainPid}");
            }

            code = state.IsRunning ? code : 3;
        }

        return code;
    }

    private int Show(IReadOnlyList<string> units, List<string> wanted, bool valueOnly)
    {
        var first = true;
        foreach (var unit in units)
        {
            if (!first)
            {
                output.WriteLine();
            }

            first = false;
            var values = Properties(unit);
            // systemd prints in its own order, not in that of the question, and leaves out what it does not know.
            foreach (var name in Shown.Where(n => wanted.Count == 0 || wanted.Contains(n)))
            {
                output.WriteLine(valueOnly ? values[name] : $"{name}={values[name]}");
            }
        }

        return 0;
    }

    private Dictionary<string, string> Properties(string unit)
    {
        var (file, state) = (store.Load(unit), store.State(unit));
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Type"] = "simple",
            ["Restart"] = file?.Restart ?? "no",
            ["RestartUSec"] = UnitFile.Show(file?.RestartSec ?? UnitFile.DefaultRestartSec),
            ["TimeoutStopUSec"] = UnitFile.Show(file?.TimeoutStop ?? UnitFile.DefaultTimeoutStop),
            ["MainPID"] = Text(state.MainPid),
            ["Result"] = state.Result,
            ["NRestarts"] = Text(state.Restarts),
            ["ExecMainPID"] = Text(state.ExecMainPid),
            ["ExecMainCode"] = Text(state.ExecMainCode),
            ["ExecMainStatus"] = Text(state.ExecMainStatus),
            ["Id"] = unit,
            ["Names"] = unit,
            ["LoadState"] = file is null ? "not-found" : "loaded",
            ["ActiveState"] = state.ActiveState,
            ["SubState"] = state.SubState,
            ["FragmentPath"] = file?.Path ?? "",
            ["UnitFileState"] = UnitFileState(unit),
            ["NeedDaemonReload"] = store.NeedsReload(unit) ? "yes" : "no",
            ["InvocationID"] = state.InvocationId,
        };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public static async Task<int> MainAsync(IReadOnlyList<string> args)
    {
        var store = UnitStore.FromEnvironment();
        if (args is [Supervisor.Verb, var unit])
        {
            using var supervisor = new Supervisor(store, unit);
            return supervisor.Run();
        }

        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        using var error = new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false));
        return await new SystemctlProgram(store, output, error).RunAsync(args);
    }
}
