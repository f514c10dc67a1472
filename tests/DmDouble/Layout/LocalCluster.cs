using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace DmDouble;

/// <summary>What a cluster on this machine looks like.</summary>
public sealed record LocalClusterOptions
{
    public string Name { get; init; } = "dm-test";

    public string Version { get; init; } = "v8.5.0";

    public int Masters { get; init; } = 3;

    public int Workers { get; init; } = 3;

    public Knobs Knobs { get; init; } = new() { ElectionTtlMs = 3_000, KeepaliveTtlMs = 3_000, GracefulStopMs = 200 };

    public IReadOnlyList<SeedSource> Sources { get; init; } = [new("mysql-01", [new("task-1")]), new("mysql-02", [new("task-1")])];

    /// <summary>Which build a component is deployed with.</summary>
    public BuildStamp Build { get; init; } = new("v8.5.0", "1111111111111111111111111111111111111111", "HEAD", "2026-10-01 08:00:00");
}

/// <summary>
/// A DM cluster of stand-ins on this machine, laid out as TiUP deploys it, with the <c>systemctl</c> double in the place of systemd and
/// a TIUP_HOME that knows it. Ending it ends every process and leaves nothing but the directory.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private readonly string _directory;
    private readonly LocalClusterOptions _options;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    private LocalCluster(string directory, LocalClusterOptions options)
    {
        _directory = directory;
        _options = options;
        var ports = new Queue<int>(FreePorts(2 * options.Masters + options.Workers));
        Masters = Enumerable.Range(0, options.Masters).Select(_ => Node("dm-master", ports.Dequeue(), ports.Dequeue())).ToList();
        Workers = Enumerable.Range(0, options.Workers).Select(_ => Node("dm-worker", ports.Dequeue(), 0)).ToList();
        Environment = new Dictionary<string, string>
        {
            ["TIUP_HOME"] = TiupHome,
            ["DM_DOUBLE_UNITS"] = Units,
            ["PATH"] = $"{Path.Combine(directory, "tools")}:{System.Environment.GetEnvironmentVariable("PATH")}",
            // The single files look for the runtime that this process runs on.
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        };
    }

    public IReadOnlyList<LayoutNode> Masters { get; }

    public IReadOnlyList<LayoutNode> Workers { get; }

    public IEnumerable<LayoutNode> Nodes => Masters.Concat(Workers);

    public string TiupHome => Path.Combine(_directory, "tiup");

    public string MetaYaml => Path.Combine(ClusterDirectory, "meta.yaml");

    public string ClusterDirectory => Path.Combine(TiupHome, "storage", "dm", "clusters", _options.Name);

    /// <summary>What a program needs in its environment to work on this cluster.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    private string Units => Path.Combine(_directory, "units");

    private string Systemctl => Path.Combine(_directory, "tools", "systemctl");

    /// <summary>Deploys, starts, seeds, and returns when all of it runs.</summary>
    /// <exception cref="TimeoutException">It did not become whole.</exception>
    public static async Task<LocalCluster> StartAsync(string directory, LocalClusterOptions options, CancellationToken cancellation)
    {
        var cluster = new LocalCluster(Path.GetFullPath(directory), options);
        try
        {
            await cluster.DeployAsync(cancellation);
            await cluster.SystemctlAsync(cancellation, "start", [.. cluster.Masters.Select(node => node.Unit)]);
            await cluster.UntilAsync("a leader", async () => await cluster.MembersAsync(cancellation) is { } seen && seen["leader"] is not null, cancellation);
            await cluster.SystemctlAsync(cancellation, "start", [.. cluster.Workers.Select(node => node.Unit)]);
            await cluster.SeedAsync(cancellation);
            await cluster.UntilAsync("running tasks", () => cluster.AllRunAsync(cancellation), cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a build of a component: an executable that says that it is this one.</summary>
    public string Build(string component, BuildStamp stamp)
    {
        var path = Path.Combine(_directory, "builds", stamp.Commit[..Math.Min(7, stamp.Commit.Length)], component);
        // A dm-master is no dm-worker: their files must differ as the real ones do.
        DoubleBuild.Stamp(DoubleBuild.Executable, path, stamp with { Branch = $"{stamp.Branch}-{component}" });
        return path;
    }

    public Task StopAsync(LayoutNode node, CancellationToken cancellation) => SystemctlAsync(cancellation, "stop", node.Unit);

    public Task StartAsync(LayoutNode node, CancellationToken cancellation) => SystemctlAsync(cancellation, "start", node.Unit);

    /// <summary>What <c>systemctl show</c> says of the node's unit.</summary>
    public async Task<string> PropertyAsync(LayoutNode node, string property, CancellationToken cancellation) =>
        (await SystemctlAsync(cancellation, "show", "--value", "-p", property, node.Unit)).Trim();

    /// <summary>Changes how a node behaves, from now on.</summary>
    public void Turn(LayoutNode node, Func<Knobs, Knobs> turn) => WriteKnobs(node, turn(_options.Knobs));

    /// <summary>What happened between two moments.</summary>
    public GapReport Gaps(DateTimeOffset from, DateTimeOffset to) =>
        GapReport.FromTraces(Nodes.Select(node => Path.Combine(node.DeployDir, "trace.jsonl")).Where(File.Exists).Select(ReadShared), from, to);

    /// <summary>The ends of all logs, for the message of a failed test.</summary>
    public string Logs() => string.Join('\n', Nodes.SelectMany(node => Directory.EnumerateFiles(Path.Combine(node.DeployDir, "log")))
        .Select(file => $"--- {file}\n{string.Join('\n', ReadShared(file).Split('\n').TakeLast(8))}"));

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Systemctl))
        {
            await SystemctlAsync(CancellationToken.None, "stop", [.. Workers.Concat(Masters).Select(node => node.Unit)]);
        }

        _http.Dispose();
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private LayoutNode Node(string component, int port, int peerPort) =>
        new(component, "127.0.0.1", port, peerPort, Path.Combine(_directory, "deploy", string.Create(CultureInfo.InvariantCulture, $"{component}-{port}")));

    // Held open together, so that none is given out twice.
    private static List<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToList();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }

    private async Task DeployAsync(CancellationToken cancellation)
    {
        DoubleBuild.Stamp(DoubleBuild.Executable, Systemctl, BuildStamp.None);
        Directory.CreateDirectory(Units);
        foreach (var node in Nodes)
        {
            foreach (var name in (string[])["conf", "scripts", "log", "data"])
            {
                Directory.CreateDirectory(Path.Combine(node.DeployDir, name));
            }

            var script = Path.Combine(node.DeployDir, "scripts", $"run_{node.Component}.sh");
            await File.WriteAllTextAsync(script, TiupLayout.RunScript(node, Masters), cancellation);
            File.SetUnixFileMode(script, (UnixFileMode)Convert.ToInt32("755", 8));
            await File.WriteAllTextAsync(Path.Combine(node.DeployDir, "conf", $"{node.Component}.toml"), TiupLayout.Configuration(node), cancellation);
            await File.WriteAllTextAsync(Path.Combine(Units, node.Unit), TiupLayout.Unit(node, user: null), cancellation);
            Directory.CreateDirectory(Path.GetDirectoryName(node.Binary)!);
            File.Copy(Build(node.Component, _options.Build), node.Binary);
            WriteKnobs(node, _options.Knobs);
        }

        Directory.CreateDirectory(ClusterDirectory);
        await File.WriteAllTextAsync(
            MetaYaml,
            TiupLayout.MetaYaml(System.Environment.UserName, _options.Version, Path.Combine(_directory, "deploy"), userMode: true, tls: false, Masters, Workers),
            cancellation);
    }

    private static void WriteKnobs(LayoutNode node, Knobs knobs)
    {
        var path = Path.Combine(node.DeployDir, KnobsFile.Name);
        File.WriteAllBytes(path + ".tmp", KnobsFile.Bytes(knobs));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private async Task SeedAsync(CancellationToken cancellation)
    {
        var uri = new Uri($"http://{Masters[0].Host}:{Masters[0].PeerPort}");
        await Seeding.PostAsync(_http, uri, _options.Sources, cancellation);
    }

    private async Task<bool> AllRunAsync(CancellationToken cancellation)
    {
        var wanted = _options.Sources.SelectMany(source => source.Tasks.Select(task => (source.Source, task.Name, task.Stage))).ToHashSet();
        var status = await GetAsync("/apis/v1alpha1/status/", cancellation);
        var seen = status?["sources"]?.AsArray().SelectMany(source => source!["subTaskStatus"]!.AsArray()
            .Select(task => ((string)source["sourceStatus"]!["source"]!, (string)task!["name"]!, (string)task["stage"]!))).ToHashSet();
        var online = (await MembersAsync(cancellation))?["workers"]?.AsArray().Count(worker => (string?)worker!["stage"] is "free" or "bound");
        return seen is not null && seen.SetEquals(wanted) && online == Workers.Count;
    }

    private async Task<JsonObject?> MembersAsync(CancellationToken cancellation)
    {
        var reply = await GetAsync("/apis/v1alpha1/members?leader=true&worker=true", cancellation);
        var parts = reply?["members"]?.AsArray();
        var leader = parts?.FirstOrDefault(part => part!["leader"] is not null)?["leader"]?["name"]?.GetValue<string>();
        return string.IsNullOrEmpty(leader) ? null : new JsonObject
        {
            ["leader"] = leader,
            ["workers"] = parts!.FirstOrDefault(part => part!["worker"] is not null)?["worker"]?["workers"]?.DeepClone(),
        };
    }

    private async Task<JsonNode?> GetAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri($"http://{Masters[0].Id}{path}"), cancellation);
            return response.IsSuccessStatusCode ? JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation)) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task UntilAsync(string what, Func<Task<bool>> isSo, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            while (!await isSo())
            {
                await Task.Delay(50, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{what} did not come within a minute\n{Logs()}");
        }
    }

    private async Task<string> SystemctlAsync(CancellationToken cancellation, string verb, params IEnumerable<string> words)
    {
        var start = new ProcessStartInfo(Systemctl, ["--user", verb, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"systemctl {verb} ended with {process.ExitCode}: {await error}");
    }
}
