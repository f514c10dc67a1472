using DmDouble;
using DmDouble.Master;
using DmDouble.Systemctl;
using DmDouble.Worker;

// What this file is, its name says: a copy called dm-master is a dm-master.
switch (args.FirstOrDefault() == Supervisor.Verb ? "systemctl" : CommandLine.Name())
{
    case "dm-master":
    {
        var stamp = DoubleBuild.Read("/proc/self/exe");
        return MasterProgram.TryParse(args, stamp, out var settings) ?? await MasterProgram.RunAsync(settings, stamp);
    }

    case "dm-worker":
    {
        var stamp = DoubleBuild.Read("/proc/self/exe");
        return WorkerProgram.TryParse(args, stamp, out var settings) ?? await WorkerProgram.RunAsync(settings, stamp);
    }

    case "systemctl":
        return await SystemctlProgram.MainAsync(args);

    default:
        return await Tools.RunAsync(args);
}

internal static class CommandLine
{
    /// <summary>The name that this process was started by, also through a link; .NET itself only tells where the file is.</summary>
    public static string Name()
    {
        var name = Path.GetFileName(File.ReadAllText("/proc/self/cmdline").Split('\0')[0]);
        return name is "dm-master" or "dm-worker" or "systemctl" ? name : Path.GetFileName(Environment.ProcessPath!);
    }
}
