using System.Globalization;
using DmDouble;

namespace TiupDmNet.Quickstart;

/// <summary>From sources to a patched cluster, step by step, with the commands that a user would type.</summary>
internal sealed class Tour(string directory, CancellationToken cancellation)
{
    private const string Cluster = "dm-test";
    private const string Tool = "dotnet-dm-patch";

    private static readonly BuildStamp Release = new("v8.5.0", "1111111111111111111111111111111111111111", "HEAD", "2026-10-01 08:00:00");
    private static readonly BuildStamp Hotfix = new("v8.5.0", "2222222222222222222222222222222222222222", "hotfix", "2026-11-20 08:00:00");

    public async Task RunAsync()
    {
        var repository = FindRepository();
        var build = new Programs(new Dictionary<string, string> { ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" }, cancellation);
        await Step.RunAsync("build the tool and install it", () => InstallAsync(build, repository));

        await using var cluster = await Step.RunAsync("start a DM cluster: 3 dm-masters, 3 dm-workers, 2 sources that replicate", () => LocalCluster.StartAsync(
            Path.Combine(directory, "cluster"), new LocalClusterOptions { Name = Cluster, Build = Release }, cancellation));
        var user = new Programs(new Dictionary<string, string>(cluster.Environment) { ["NO_COLOR"] = "1" }, cancellation);

        await Step.RunAsync("make a mirror of our own with dm-master and dm-worker v8.5.0, and trust it", () => MakeMirrorAsync(user, cluster));
        await Step.RunAsync("the cluster before", () => PatchAsync(user, "display", Cluster));
        var package = Path.Combine(directory, "dm-worker-hotfix-linux-amd64.tar.gz");
        await Step.RunAsync("build a hotfix from the verified package", () => PatchAsync(
            user, "package", "build", "--component", "dm-worker", "--version", "v8.5.0", "--os", "linux", "--arch", "amd64",
            "--replace", $"dm-worker/dm-worker={cluster.Build("dm-worker", Hotfix)}", "-o", package));
        await Step.RunAsync("what patching the workers would do", () => PatchAsync(user, "plan", Cluster, package, "--ssh", "none"));

        var from = DateTimeOffset.UtcNow;
        await Step.RunAsync("patch the workers, live", () => PatchAsync(user, Cluster, package, "-R", "dm-worker", "--overwrite", "-y", "--ssh", "none", "--settle", "0.5"));
        await Step.RunAsync("patch the masters, live, from a bare binary", () => PatchAsync(user, Cluster, cluster.Build("dm-master", Hotfix), "-y", "--ssh", "none", "--settle", "0.5"));
        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);

        await Step.RunAsync("the cluster after", () => PatchAsync(user, "display", Cluster, "--builds", "--ssh", "none"));
        Console.WriteLine();
        Console.WriteLine("── what replication felt of it");
        Console.WriteLine(gaps);
        if (gaps.Overlaps.Count > 0 || gaps.Kills > 0)
        {
            throw new ProgramFailedException("that must not happen");
        }
    }

    private async Task InstallAsync(Programs build, string repository)
    {
        // A version of its own: an older build of the same version would be taken from a cache.
        var version = $"0.1.0-quickstart.{DateTime.UtcNow.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture)}";
        var packages = Path.Combine(directory, "packages");
        await build.QuietAsync("dotnet", "pack", Path.Combine(repository, "src", "TiupDmNet.Cli"), "-c", "Release", "-o", packages, $"-p:Version={version}", "--nologo", "-v", "q");
        await build.QuietAsync("dotnet", "tool", "install", Tool, "--tool-path", Path.Combine(directory, "tools"), "--add-source", packages, "--version", version);
    }

    private async Task MakeMirrorAsync(Programs user, LocalCluster cluster)
    {
        var mirror = Path.Combine(directory, "my-mirror");
        await PatchAsync(user, "mirror", "init", mirror);
        await PatchAsync(user, "mirror", "grant", "pingcap", "--mirror", mirror);
        foreach (var component in (string[])["dm-master", "dm-worker"])
        {
            var tarball = Path.Combine(directory, $"{component}-v8.5.0-linux-amd64.tar.gz");
            var content = Path.GetDirectoryName(cluster.Build(component, Release))!;
            await user.QuietAsync("tar", "-czf", tarball, "-C", content, "--transform", $"s,^,{component}/,", component);
            await PatchAsync(user, "mirror", "publish", component, "v8.5.0", tarball, $"{component}/{component}", "--os", "linux", "--arch", "amd64", "--mirror", mirror);
        }

        await PatchAsync(user, "mirror", "set", mirror, "--root", Path.Combine(mirror, "root.json"));
    }

    private Task PatchAsync(Programs user, params string[] arguments) =>
        user.ShowAsync($"dotnet dm-patch {string.Join(' ', arguments).Replace(directory, ".", StringComparison.Ordinal)}", Path.Combine(directory, "tools", Tool), arguments);

    private static string FindRepository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "TiupDmNet.sln")))
            {
                return at.FullName;
            }
        }

        throw new ProgramFailedException($"{AppContext.BaseDirectory} is not inside the repository");
    }
}
