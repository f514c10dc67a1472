using System.Globalization;
using DmDouble;
using DmDouble.Master;
using DmDouble.Systemctl;
using DmDouble.Worker;

// One program, several people: the name of the file says whom it plays.
var self = Environment.ProcessPath ?? "dm-double";
switch (Path.GetFileName(self))
{
    case "dm-master":
    {
        var stamp = DoubleBuild.Read(self);
        return MasterProgram.TryParse(args, stamp, out var settings) ?? await MasterProgram.RunAsync(settings, stamp);
    }

    case "dm-worker":
    {
        var stamp = DoubleBuild.Read(self);
        return WorkerProgram.TryParse(args, stamp, out var settings) ?? await WorkerProgram.RunAsync(settings, stamp);
    }

    case "systemctl":
        return await SystemctlProgram.RunAsync(args);
    default:
        return Tool(args);
}

static int Tool(string[] args)
{
    switch (args)
    {
        case ["stamp", var version, var commit, var target]:
            DoubleBuild.Stamp(DoubleBuild.Executable, target, new BuildStamp(version, commit, "HEAD", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)));
            return 0;
        case ["gaps", .. var traces] when traces.Length > 0:
            Console.WriteLine(GapReport.FromTraces(traces.Select(File.ReadAllText), File.GetCreationTimeUtc(traces[0]), DateTimeOffset.UtcNow));
            return 0;
        default:
            Console.Error.WriteLine("usage: dm-double stamp VERSION COMMIT TARGET | gaps TRACE...; or copy this file as dm-master, dm-worker or systemctl");
            return 2;
    }
}
