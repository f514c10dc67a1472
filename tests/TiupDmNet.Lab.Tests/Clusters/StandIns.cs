using System.Globalization;
using System.Security.Cryptography;
using DmDouble;

namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>One build of a component.</summary>
/// <param name="Component">dm-master or dm-worker.</param>
/// <param name="Path">The executable.</param>
/// <param name="Sha256">Of the file, lower-case hex.</param>
/// <param name="Commit">What -V calls "Git Commit Hash".</param>
public sealed record StandInBuild(string Component, string Path, string Sha256, string Commit);

/// <summary>Makes builds of dm-master and dm-worker v8.5.0: stand-ins that behave like DM.</summary>
public sealed class StandIns(string directory)
{
    private const string Version = "v8.5.0";

    public string Directory => directory;

    /// <summary>What the cluster was deployed with.</summary>
    public StandInBuild Installed(string component) => Build(component, "installed");

    /// <summary>Same version, another commit.</summary>
    public StandInBuild Hotfix(string component) => Build(component, "hotfix");

    /// <summary>arm64 by its ELF header.</summary>
    public StandInBuild ForAnotherArchitecture(string component)
    {
        var build = Build(component, "arm64");
        DoubleBuild.WithArchitecture(build.Path, "arm64");
        return build with { Sha256 = HashOf(build.Path) };
    }

    /// <summary>Needs a library that no host has.</summary>
    public StandInBuild ThatCannotBeLoaded(string component) =>
        Build(component, "unloadable", new BuildFaults { LoaderError = "error while loading shared libraries: libfix.so.1: cannot open shared object file: No such file or directory" });

    /// <summary>Answers to -V, and exits with code 2 when started.</summary>
    public StandInBuild ThatExitsAtOnce(string component) => Build(component, "exits", new BuildFaults { StartExitCode = 2 });

    private StandInBuild Build(string component, string kind, BuildFaults? faults = null)
    {
        var path = Path.Combine(directory, kind, component);
        var commit = Convert.ToHexStringLower(SHA256.HashData([.. kind.Select(character => (byte)character)]))[..40];
        if (!File.Exists(path))
        {
            // The time of the build tells the components apart; else a dm-master would have the bytes of a dm-worker.
            var builtAt = new DateTime(2026, 1, component == "dm-master" ? 1 : 2).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            DoubleBuild.Stamp(DoubleBuild.Executable, path, new BuildStamp(Version, commit, "HEAD", builtAt, faults));
        }

        return new StandInBuild(component, path, HashOf(path), commit);
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
