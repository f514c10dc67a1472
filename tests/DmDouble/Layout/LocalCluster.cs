using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using DmDouble.Layout;
using DmDouble.Systemctl;

namespace DmDouble;

/// <summary>
/// A DM cluster of stand-ins on this machine, laid out as TiUP deploys it, with the <c>systemctl</c> double in the place of systemd and
/// a TIUP_HOME that knows it. Ending it ends every process and leaves nothing but the directory.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private readonly string _directory;
    private readonly LocalClusterOptions _options;
    private readonly PortLease _ports;
    private readonly Deployment _deployment;
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private readonly HttpClient _http;

    private LocalCluster(string directory, LocalClusterOptions options)
    {
        _directory = directory;
        _options = options;
        _http = new HttpClient(_handler);
        _ports = new PortLease((2 * options.Masters) + options.Workers);
        Masters = Enumerable.Range(0, options.Masters).Select(i => Node("dm-master", i, _ports.Ports.Dequeue(), _ports.Ports.Dequeue())).ToList();
        Workers = Enumerable.Range(0, options.Workers).Select(i => Node("dm-worker", options.Masters + i, _ports.Ports.Dequeue(), 0)).ToList();
        _deployment = new Deployment(_directory, options, Masters, Workers);
        Environment = new Dictionary<string, string>
        {
            ["TIUP_HOME"] = TiupHome,
            ["DM_DOUBLE_UNITS"] = _deployment.Units,
            ["PATH"] = $"{Path.Combine(directory, "tools")}:{System.Environment.GetEnvironmentVariable("PATH")}",
            // The single files look for the runtime that this process runs on.
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        };
    }

    public IReadOnlyList<LayoutNode> Masters { get; }

    public IReadOnlyList<LayoutNode> Workers { get; }

    /// <summary>A client that the cluster lets in: with its certificate, if it has any.</summary>
    public HttpClient Http => _http;

    public IEnumerable<LayoutNode> Nodes => Masters.Concat(Workers);

    public string TiupHome => _deployment.TiupHome;

    public string MetaYaml => _deployment.MetaYaml;

    public string ClusterDirectory => _deployment.ClusterDirectory;

    /// <summary>What a program needs in its environment to work on this cluster.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    private string Scheme => _options.Tls ? "https" : "http";

    /// <summary>Deploys, starts, seeds, and returns when all of it runs.</summary>
    /// <exception cref="TimeoutException">It did not become whole.</exception>
    public static async Task<LocalCluster> StartAsync(string directory, LocalClusterOptions options, CancellationToken cancellation)
    {
        var cluster = new LocalCluster(Path.GetFullPath(directory), options);
        try
        {
            await cluster._deployment.WriteAsync(cancellation);
            if (options.Tls)
            {
                cluster._handler.SslOptions = cluster._deployment.ClientTls().ForClients();
            }

            await cluster.SystemctlAsync(["start", .. cluster.Masters.Select(node => node.Unit)], cancellation);
            await cluster.UntilAsync("a leader", async () => await cluster.MembersAsync(cancellation) is { } seen && seen["leader"] is not null, cancellation);
            await cluster.SystemctlAsync(["start", .. cluster.Workers.Select(node => node.Unit)], cancellation);
            await cluster.SeedAsync(cancellation);
            await cluster.UntilWholeAsync(cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a build of a component: an executable that says that it is this one.</summary>
    public string Build(string component, BuildStamp stamp) => _deployment.Build(component, stamp);

    public Task StopAsync(LayoutNode node, CancellationToken cancellation) => SystemctlAsync(["stop", node.Unit], cancellation);

    public Task StartAsync(LayoutNode node, CancellationToken cancellation) => SystemctlAsync(["start", node.Unit], cancellation);

    /// <summary>Ends the node's process by SIGKILL and returns when it is gone. Its unit starts it again after 15 s.</summary>
    public async Task KillAsync(LayoutNode node, CancellationToken cancellation)
    {
        var pid = await PropertyAsync(node, "MainPID", cancellation);
        _ = Native.kill(int.Parse(pid, CultureInfo.InvariantCulture), Native.Kill);
        await UntilAsync($"the end of {node.Name}", async () => await PropertyAsync(node, "MainPID", cancellation) != pid, cancellation);
    }

    /// <summary>Waits until every node is in its place and every task has the stage that it was seeded with.</summary>
    /// <exception cref="TimeoutException">That does not come.</exception>
    public Task UntilWholeAsync(CancellationToken cancellation) => UntilAsync("a whole cluster", () => IsWholeAsync(cancellation), cancellation);

    /// <summary>Where a node answers to its clients.</summary>
    public Uri UriOf(LayoutNode node, string path) => new($"{Scheme}://{node.Id}{path}");

    /// <summary>What <c>systemctl show</c> says of the node's unit.</summary>
    public async Task<string> PropertyAsync(LayoutNode node, string property, CancellationToken cancellation) =>
        (await SystemctlAsync(["show", "--value", "-p", property, node.Unit], cancellation)).Trim();

    /// <summary>Changes how a node behaves, from now on.</summary>
    public void Turn(LayoutNode node, Func<Knobs, Knobs> turn) => Deployment.WriteKnobs(node, turn(_options.Knobs));

    /// <summary>What happened between two moments.</summary>
    public GapReport Gaps(DateTimeOffset from, DateTimeOffset to) =>
        GapReport.FromTraces(Nodes.Select(node => Path.Combine(node.DeployDir, "trace.jsonl")).Where(File.Exists).Select(ReadShared), from, to);

    /// <summary>The ends of all logs, for the message of a failed test.</summary>
    public string Logs() => string.Join('\n', Nodes.SelectMany(node => Directory.EnumerateFiles(Path.Combine(node.DeployDir, "log")))
        .Select(file => $"--- {file}\n{string.Join('\n', ReadShared(file).Split('\n').TakeLast(8))}"));

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(_deployment.Systemctl))
        {
            foreach (var node in Nodes.Where(node => Directory.Exists(node.DeployDir)))
            {
                // Nobody waits for a node that was told to be slow.
                Deployment.WriteKnobs(node, new Knobs { GracefulStopMs = 0, SubTaskStopMs = 0 });
            }

            await SystemctlAsync(["stop", .. Workers.Concat(Masters).Select(node => node.Unit)], CancellationToken.None);
        }

        _http.Dispose();
        _handler.Dispose();
        _ports.Dispose();
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private LayoutNode Node(string component, int index, int port, int peerPort) =>
        new(component, _options.ManyHosts ? string.Create(CultureInfo.InvariantCulture, $"127.0.0.{11 + index}") : "127.0.0.1", port, peerPort, Path.Combine(_directory, "deploy", string.Create(CultureInfo.InvariantCulture, $"{component}-{port}")));

    private async Task SeedAsync(CancellationToken cancellation)
    {
        var uri = new Uri($"{Scheme}://{Masters[0].Host}:{Masters[0].PeerPort}");
        await Seeding.PostAsync(_http, uri, _options.Sources, cancellation);
    }

    private async Task<bool> IsWholeAsync(CancellationToken cancellation)
    {
        var wanted = _options.Sources.SelectMany(source => source.Tasks.Select(task => (source.Source, task.Name, task.Stage))).ToHashSet();
        var status = await GetAsync(Masters[0], "/apis/v1alpha1/status/", cancellation);
        var seen = status?["sources"]?.AsArray().SelectMany(source => source!["subTaskStatus"]!.AsArray()
            .Select(task => ((string)source["sourceStatus"]!["source"]!, (string)task!["name"]!, (string)task["stage"]!))).ToHashSet();
        var online = (await MembersAsync(cancellation))?["workers"]?.AsArray().Count(worker => (string?)worker!["stage"] is "free" or "bound");
        return seen is not null && seen.SetEquals(wanted) && online == Workers.Count && await AllHealthyAsync(cancellation);
    }

    private async Task<bool> AllHealthyAsync(CancellationToken cancellation)
    {
        foreach (var master in Masters)
        {
            if (await GetAsync(master, "/health", cancellation) is null)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<JsonObject?> MembersAsync(CancellationToken cancellation)
    {
        var reply = await GetAsync(Masters[0], "/apis/v1alpha1/members?leader=true&worker=true", cancellation);
        var parts = reply?["members"]?.AsArray();
        var leader = parts?.FirstOrDefault(part => part!["leader"] is not null)?["leader"]?["name"]?.GetValue<string>();
        return string.IsNullOrEmpty(leader) ? null : new JsonObject
        {
            ["leader"] = leader,
            ["workers"] = parts!.FirstOrDefault(part => part!["worker"] is not null)?["worker"]?["workers"]?.DeepClone(),
        };
    }

    private async Task<JsonNode?> GetAsync(LayoutNode master, string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync(UriOf(master, path), cancellation);
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

    private async Task<string> SystemctlAsync(IEnumerable<string> words, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(_deployment.Systemctl, ["--user", .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"systemctl {string.Join(' ', words)} ended with {process.ExitCode}: {await error}");
    }
}
