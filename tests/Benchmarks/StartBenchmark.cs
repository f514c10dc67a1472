using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Benchmarks;

/// <summary>Start-up of the published tool: <c>--version</c>, and <c>display</c> of a cluster whose nodes are all down.</summary>
internal static class StartBenchmark
{
    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        using var directory = new TempDirectory();
        var tool = await PublishedTool.MakeAsync(directory["tool"]);
        var environment = new Dictionary<string, string> { ["TIUP_HOME"] = directory["home"], ["HOME"] = directory.Path };
        WriteDeadCluster(directory["home"]);
        var medians = await Measure.InterleavedAsync(
            11,
            () => Measure.RunAsync(tool, ["--version"], environment),
            () => Measure.RunAsync(tool, ["display", "dead"], environment),
            () => Measure.RunAsync("dotnet", ["--version"]));
        return
        [
            new Row("start: --version", medians[0], "dotnet", medians[2], null, "theirs: dotnet --version"),
            new Row("start: display of a dead cluster", medians[1], "", 0, null, "6 nodes refuse connections"),
        ];
    }

    private static void WriteDeadCluster(string home)
    {
        var directory = Directory.CreateDirectory(Path.Combine(home, "storage", "dm", "clusters", "dead")).FullName;
        var ports = Enumerable.Range(0, 6).Select(_ => FreePort()).ToList();
        File.WriteAllLines(Path.Combine(directory, "meta.yaml"),
        [
            "user: tidb", "dm_version: v8.5.0", "topology:",
            "    master_servers:", .. ports.Take(3).Select(port => string.Create(CultureInfo.InvariantCulture, $"        - host: 127.0.0.1\n          port: {port}\n          peer_port: {port + 30000}")),
            "    worker_servers:", .. ports.Skip(3).Select(port => string.Create(CultureInfo.InvariantCulture, $"        - host: 127.0.0.1\n          port: {port}")),
        ]);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port % 30000;
    }
}
