using System.Globalization;
using DmDouble.Processes;

namespace DmDouble;

/// <summary>What one can do with a stand-in from a shell.</summary>
internal static class Tools
{
    private const string Usage = """
        usage: dm-double stamp --version V [--commit HASH] [--branch NAME] [--time "yyyy-MM-dd HH:mm:ss"] [--arch amd64|arm64]
                               [--exit-on-version N] [--exit-on-start N] [--loader-error TEXT] [--crash-after-ms N] [--health-false]
                               [--never-join] [--subtasks-fail] -o FILE
               dm-double seed --peer HOST:PORT --source NAME [--task NAME] [--stage Running|Paused|Finished] [--unit Sync|Load|Dump]
               dm-double gaps TRACE...
               or copy this file as dm-master, dm-worker or systemctl
        """;

    private static readonly HashSet<string> StampValues =
        ["version", "commit", "branch", "time", "arch", "exit-on-version", "exit-on-start", "loader-error", "crash-after-ms", "o"];

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["stamp", .. var rest]:
                    Stamp(GoFlags.Parse(rest, new HashSet<string>(["health-false", "never-join", "subtasks-fail"]), StampValues));
                    return 0;
                case ["seed", .. var rest]:
                    await SeedAsync(GoFlags.Parse(rest, new HashSet<string>(), new HashSet<string>(["peer", "source", "task", "stage", "unit"])));
                    return 0;
                case ["gaps", .. { Length: > 0 } traces]:
                    var texts = traces.Select(File.ReadAllText).ToList();
                    Console.WriteLine(GapReport.FromTraces(texts, GapReport.Begin(texts), GapReport.End(texts)));
                    return 0;
            }
        }
        catch (GoFlagException e)
        {
            Console.Error.WriteLine(e.Message);
        }

        Console.Error.WriteLine(Usage);
        return 2;
    }

    private static void Stamp(GoFlags flags)
    {
        var faults = new BuildFaults
        {
            VersionExitCode = Number(flags, "exit-on-version"),
            StartExitCode = Number(flags, "exit-on-start"),
            LoaderError = flags.Get("loader-error"),
            CrashAfterMs = Number(flags, "crash-after-ms"),
            HealthFalse = flags.Is("health-false"),
            NeverJoin = flags.Is("never-join"),
            SubTasksFail = flags.Is("subtasks-fail"),
        };
        var target = Required(flags, "o");
        DoubleBuild.Stamp(DoubleBuild.Executable, target, new BuildStamp(
            Required(flags, "version"),
            flags.Get("commit") ?? "None",
            flags.Get("branch") ?? "HEAD",
            flags.Get("time") ?? DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            faults == new BuildFaults() ? null : faults));
        if (flags.Get("arch") is { } architecture)
        {
            DoubleBuild.WithArchitecture(target, architecture);
        }
    }

    private static async Task SeedAsync(GoFlags flags)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        SeedTask[] tasks = flags.Get("task") is { } task ? [new SeedTask(task, flags.Get("stage") ?? "Running", flags.Get("unit") ?? "Sync")] : [];
        await Seeding.PostAsync(http, new Uri("http://" + Required(flags, "peer")), [new SeedSource(Required(flags, "source"), tasks)], CancellationToken.None);
    }

    private static int? Number(GoFlags flags, string name) => flags.Get(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static string Required(GoFlags flags, string name) => flags.Get(name) ?? throw new GoFlagException($"flag needed: -{name}");
}
