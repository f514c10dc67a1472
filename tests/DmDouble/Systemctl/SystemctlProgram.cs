using System.Diagnostics;
using System.Globalization;

namespace DmDouble.Systemctl;

/// <summary>
/// As much of <c>systemctl --user</c> as a machine without systemd needs to run a DM cluster: the units of
/// <c>~/.config/systemd/user</c> (or <c>DM_DOUBLE_UNITS</c>), each under a supervisor of its own.
/// </summary>
internal static class SystemctlProgram
{
    private const string SuperviseVerb = "supervise-unit";
    private static readonly string[] s_all =
        ["LoadState", "ActiveState", "SubState", "Result", "MainPID", "NRestarts", "ExecMainStatus", "ExecMainCode", "TimeoutStopUSec", "NeedDaemonReload", "FragmentPath"];

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var properties = new List<string>();
        var words = new List<string>();
        var valueOnly = false;
        for (var i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "--user" or "--system" or "--no-pager" or "--quiet" or "-q" or "--":
                    break;
                case "--value":
                    valueOnly = true;
                    break;
                case "-p" or "--property" when i + 1 < args.Count:
                    properties.AddRange(args[++i].Split(','));
                    break;
                case var option when option.StartsWith("--property=", StringComparison.Ordinal):
                    properties.AddRange(option["--property=".Length..].Split(','));
                    break;
                case var option when option.StartsWith('-'):
                    Console.Error.WriteLine($"systemctl: unrecognized option '{option}'");
                    return 1;
                default:
                    words.Add(args[i]);
                    break;
            }
        }

        if (words.Count == 0)
        {
            Console.Error.WriteLine("Too few arguments.");
            return 1;
        }

        var units = words.Skip(1).Select(name => new Unit(name.Contains('.', StringComparison.Ordinal) ? name : name + ".service")).ToList();
        switch (words[0])
        {
            case "daemon-reload":
                return 0;
            case "start":
                return await AllAsync(units, StartAsync);
            case "stop":
                return await AllAsync(units, StopAsync);
            case "restart":
                return Math.Max(await AllAsync(units, StopAsync), await AllAsync(units, StartAsync));
            case "enable" or "disable":
                return units.All(Known) ? 0 : 1;
            case "is-enabled":
                Console.WriteLine("enabled");
                return 0;
            case "is-active":
                units.ForEach(unit => Console.WriteLine(unit.State.ActiveState));
                return units.All(unit => unit.State.ActiveState == "active") ? 0 : 3;
            case "show":
                units.ForEach(unit => Show(unit, properties.Count > 0 ? properties : s_all, valueOnly));
                return 0;
            case SuperviseVerb:
                await new Supervisor(UnitFile.Read(units[0].Path), units[0].StateFile).RunAsync();
                return 0;
            default:
                Console.Error.WriteLine($"Unknown command verb {words[0]}.");
                return 1;
        }
    }

    private static bool Known(Unit unit)
    {
        if (!unit.Exists)
        {
            Console.Error.WriteLine($"Failed to enable unit: Unit file {unit.Name} does not exist.");
        }

        return unit.Exists;
    }

    private static async Task<int> AllAsync(List<Unit> units, Func<Unit, Task<int>> act)
    {
        var code = 0;
        foreach (var unit in units)
        {
            code = Math.Max(code, await act(unit));
        }

        return code;
    }

    private static async Task<int> StartAsync(Unit unit)
    {
        if (!unit.Exists)
        {
            Console.Error.WriteLine($"Failed to start {unit.Name}: Unit {unit.Name} not found.");
            return 5;
        }

        if (unit.State.ActiveState == "active")
        {
            return 0;
        }

        await StopAsync(unit);
        Directory.CreateDirectory(Path.GetDirectoryName(unit.StateFile)!);
        UnitState.Dead.Save(unit.StateFile);
        // A session of its own: it outlives the terminal and the script that started it.
        using var starter = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec setsid \"$0\" \"$1\" \"$2\" </dev/null >/dev/null 2>&1 &", Self, SuperviseVerb, unit.Name]))!;
        await starter.WaitForExitAsync();
        var watch = Stopwatch.StartNew();
        while (unit.State == UnitState.Dead)
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
            {
                Console.Error.WriteLine($"Job for {unit.Name} failed because a timeout was exceeded.");
                return 1;
            }

            await Task.Delay(10);
        }

        return 0;
    }

    private static async Task<int> StopAsync(Unit unit)
    {
        if (!unit.Exists && unit.State.Supervisor == 0)
        {
            Console.Error.WriteLine($"Failed to stop {unit.Name}: Unit {unit.Name} not loaded.");
            return 5;
        }

        while (unit.State is { Supervisor: > 0 and var supervisor, IsOn: true })
        {
            _ = Native.kill(supervisor, Native.Terminate);
            await Task.Delay(20);
        }

        return 0;
    }

    private static void Show(Unit unit, IReadOnlyList<string> properties, bool valueOnly)
    {
        var state = unit.State;
        foreach (var property in properties)
        {
            var value = property switch
            {
                "LoadState" => unit.Exists ? "loaded" : "not-found",
                "ActiveState" => state.ActiveState,
                "SubState" => state.SubState,
                "Result" => state.Result,
                "MainPID" => state.MainPid.ToString(CultureInfo.InvariantCulture),
                "NRestarts" => state.Restarts.ToString(CultureInfo.InvariantCulture),
                "ExecMainStatus" => state.ExecMainStatus.ToString(CultureInfo.InvariantCulture),
                "ExecMainCode" => state.MainPid > 0 ? "0" : "1",
                "TimeoutStopUSec" => unit.Exists ? TimeText(UnitFile.Read(unit.Path).StopLimit) : "1min 30s",
                "NeedDaemonReload" => "no",
                "FragmentPath" => unit.Exists ? unit.Path : "",
                _ => null,
            };
            if (value is not null)
            {
                Console.WriteLine(valueOnly ? value : $"{property}={value}");
            }
        }
    }

    private static string TimeText(TimeSpan span) => span.TotalMinutes >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes}min{(span.Seconds > 0 ? $" {span.Seconds}s" : "")}")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0}s");

    private static string Self => Environment.ProcessPath!;

    private sealed record Unit(string Name)
    {
        public string Path => System.IO.Path.Combine(Directory, Name);

        public string StateFile => System.IO.Path.Combine(Directory, ".dm-double", Name + ".json");

        public bool Exists => File.Exists(Path);

        public UnitState State => UnitState.Load(StateFile);

        private static string Directory => Environment.GetEnvironmentVariable("DM_DOUBLE_UNITS") is { Length: > 0 } units
            ? units
            : System.IO.Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".config", "systemd", "user");
    }
}
