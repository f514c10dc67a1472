using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using TiupDmNet.Lab.Tests.Hosts;
using TiupDmNet.TestSupport;

[assembly: AssemblyFixture(typeof(HostLab))]
[assembly: SupportedOSPlatform("linux")]

namespace TiupDmNet.Lab.Tests.Hosts;

/// <summary>
/// The lab of this test run: a network of its own on which tests boot real hosts. Where the machine cannot run it, tests that ask
/// for a host are skipped with the reason, or fail with it when DMPATCH_LAB is "required".
/// </summary>
public sealed class HostLab : IAsyncLifetime
{
    private const int FirstHost = 11;
    private const int LastHost = 250;

    private readonly TempDirectory _directory = new();
    private string? _unavailable;
    private string _name = "";
    private string _network = "";
    private int _last = FirstHost - 1;

    /// <summary>The private key, PKCS#1 PEM as TiUP makes it, that logs in to every host as tidb.</summary>
    public string PrivateKey => _directory["id_rsa"];

    public async ValueTask InitializeAsync()
    {
        try
        {
            await RunAsync("check");
            await RunAsync("base");
            await GenerateKeyAsync();
            var opened = await RunAsync("open", Invariant(Environment.ProcessId), PrivateKey + ".pub");
            (_name, _network) = opened.Trim().Split(' ') is [var name, var network]
                ? (name, network)
                : throw new LabException($"the lab answered '{opened}'");
        }
        catch (LabException exception)
        {
            _unavailable = exception.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_name.Length > 0)
        {
            await RunAsync("close", _name);
        }

        _directory.Dispose();
    }

    /// <summary>Boots new hosts and waits until they can be reached; they are gone when the result is disposed.</summary>
    public async Task<HostGroup> BootAsync(int count, CancellationToken cancellationToken)
    {
        SkipOrFail(_unavailable, Environment.GetEnvironmentVariable("DMPATCH_LAB"));
        var numbers = Enumerable.Range(0, count).Select(_ => Interlocked.Increment(ref _last)).ToList();
        if (numbers[^1] > LastHost)
        {
            throw new LabException($"a lab has room for {LastHost - FirstHost + 1} hosts; this run needs more");
        }

        var group = new HostGroup(this, [.. numbers.Select(number => new LabHost(this, number, $"{_network}.{number}"))]);
        try
        {
            await RunAsync(["add", _name, .. numbers.Select(Invariant)], null, cancellationToken);
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    internal Task<CommandResult> TryAsync(
        string verb, int host, IEnumerable<string> arguments, Func<Stream, Task>? input, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync(Command([verb, _name, Invariant(host), .. arguments]), input, cancellationToken);

    internal Task DropAsync(IEnumerable<int> hosts) => RunAsync(["drop", _name, .. hosts.Select(Invariant)], null, CancellationToken.None);

    /// <param name="unavailable">Why there is no lab; null where there is one.</param>
    /// <param name="requirement">DMPATCH_LAB.</param>
    internal static void SkipOrFail(string? unavailable, string? requirement)
    {
        if (unavailable is null)
        {
            return;
        }

        if (requirement == "required")
        {
            throw new LabException($"DMPATCH_LAB is 'required', but there is no lab: {unavailable}");
        }

        Assert.Skip($"no lab on this machine: {unavailable}");
    }

    private async Task GenerateKeyAsync()
    {
        var result = await ChildProcess.RunAsync(
            new ProcessStartInfo("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-C", "", "-f", PrivateKey]),
            null,
            CancellationToken.None);
        if (result.ExitCode != 0)
        {
            throw new LabException($"ssh-keygen failed: {result.Error.Trim()}");
        }
    }

    private Task<string> RunAsync(params string[] arguments) => RunAsync(arguments, null, CancellationToken.None);

    private static async Task<string> RunAsync(
        IReadOnlyList<string> arguments, Func<Stream, Task>? input, CancellationToken cancellationToken)
    {
        var result = await ChildProcess.RunAsync(Command(arguments), input, cancellationToken);
        return result.ExitCode == 0 ? result.Output : throw new LabException(result.Error.Trim());
    }

    private static ProcessStartInfo Command(IReadOnlyList<string> arguments) =>
        new("bash", [Path.Combine(AppContext.BaseDirectory, "lab", "lab"), .. arguments]);

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}
