using System.Net;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Fetch;

/// <summary>Networks and servers as they are.</summary>
public sealed class FetchTests
{
    private readonly RepositorySimulator _mirror = new();

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(408)]
    [InlineData(429)]
    public async Task What_can_pass_is_tried_again(int status)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var asked = 0;
        harness.Server.Faults = request => request.Path == "snapshot.json" && ++asked < 3 ? new Answer { Status = status } : null;

        await harness.RefreshAsync();

        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task What_does_not_pass_is_given_up()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        harness.Server.Faults = _ => new Answer { Status = 503 };

        Assert.Equal("cannot fetch timestamp.json from MIRROR: the server answered 503 ServiceUnavailable (3 attempts)", await harness.RefusalAsync());
        Assert.Equal(3, harness.Server.Log.Count);
    }

    [Fact]
    public async Task What_cannot_pass_is_not_tried_again()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        harness.Server.Faults = _ => new Answer { Status = 401 };

        Assert.Equal("cannot fetch MIRRORtimestamp.json: the server answered 401 Unauthorized", await harness.RefusalAsync());
        Assert.Single(harness.Server.Log);
    }

    [Fact]
    public async Task A_server_that_asks_for_patience_gets_it()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var asked = 0;
        harness.Server.Faults = _ => ++asked == 1 ? new Answer { Status = 429, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" } } : null;
        var since = TimeProvider.System.GetTimestamp();

        await harness.RefreshAsync();

        Assert.True(TimeProvider.System.GetElapsedTime(since) >= TimeSpan.FromMilliseconds(990));
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_opened_again()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var asked = 0;
        harness.Server.Faults = request => (request.Path, ++asked) switch
        {
            (_, 1) => new Answer { Drop = true },
            ("timestamp.json", 2) => new Answer { CutAfter = 100 },
            _ => null,
        };

        await harness.RefreshAsync();
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_left()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        harness.Server.Faults = _ => new Answer { StallAfter = 10 };
        using var client = harness.Client(settings => settings with { Attempts = 2, StallTimeout = TimeSpan.FromMilliseconds(50) });

        Assert.Equal("cannot fetch timestamp.json from MIRROR: nothing came for 0.05 s (2 attempts)", await harness.RefusalAsync(() => client.RefreshAsync()));
    }

    [Fact]
    public async Task A_server_that_accepts_and_is_silent_is_left()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = $"http://{silent.LocalEndpoint}/";
        using var client = harness.Client(settings => settings with { AddressOverride = address, Attempts = 1, ResponseTimeout = TimeSpan.FromMilliseconds(50) });

        Assert.Equal($"cannot fetch timestamp.json from {address}: no answer within 0.05 s", await harness.RefusalAsync(() => client.RefreshAsync()));
    }

    [Fact]
    public async Task A_mirror_that_is_not_there_is_named()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await harness.Server.DisposeAsync();

        Assert.Equal("cannot fetch timestamp.json from MIRROR: Connection refused (3 attempts)", await harness.RefusalAsync());
    }

    [Fact]
    public async Task An_address_that_is_no_mirror_is_named()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Files.Clear();

        Assert.Equal("MIRROR has no timestamp.json, which a mirror must have; check the address with `mirror show`", await harness.RefusalAsync());
    }

    [Fact]
    public async Task Another_address_of_the_mirror_is_taken_when_the_first_is_down()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await using var second = new TestServer(_mirror.Get);
        harness.Server.Faults = _ => new Answer { Status = 503 };
        using var client = harness.Client(settings => settings with { FallbackAddresses = [second.Address] });

        Assert.Equal(second.Address, (await client.RefreshAsync()).Address);
    }

    [Fact]
    public async Task Another_address_is_not_taken_when_the_first_lies()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await using var second = new TestServer(_mirror.Get);
        harness.Server.Faults = _ => new Answer { Body = "{}"u8.ToArray() };
        using var client = harness.Client(settings => settings with { FallbackAddresses = [second.Address] });

        await harness.RefusalAsync(() => client.RefreshAsync());
        Assert.Empty(second.Log);
    }

    [Theory]
    [InlineData("timestamp.json", "timestamp.json of MIRROR cannot be trusted: it has more than the 1024 bytes that it may have")]
    [InlineData("2.root.json", "2.root.json of MIRROR cannot be trusted: it has more than the 1048576 bytes that it may have")]
    public async Task A_document_that_does_not_end_is_not_read_to_its_end(string file, string refusal)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        if (file == "2.root.json")
        {
            _mirror.Signers["timestamp"] = [RepositorySimulator.Stranger];
            _mirror.PublishTimestamp();
        }

        harness.Server.Faults = request => request.Path == file ? new Answer { Body = new byte[50_000_000], WithoutLength = true } : null;

        Assert.Equal(refusal, await harness.RefusalAsync());
        Assert.True(harness.Server.Sent < 50_000_000);
    }

    [Fact]
    public async Task A_document_that_is_longer_than_promised_is_not_read_at_all()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var length = _mirror.Files["1.index.json"].Length;
        harness.Server.Faults = request => request.Path == "1.index.json" ? new Answer { Body = new byte[length + 1] } : null;

        Assert.Equal($"1.index.json of MIRROR cannot be trusted: it has more than the {length} bytes that it may have", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_proxy_is_used()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await using var proxy = new TestServer(path => _mirror.Get(path.Split('/')[^1]));
        using var client = harness.Client(settings => settings with { AddressOverride = "http://mirror.test/", Proxy = new WebProxy(proxy.Address) });

        await client.RefreshAsync();

        Assert.Contains("http://mirror.test/timestamp.json", proxy.Paths);
    }

    [Fact]
    public async Task A_certificate_file_that_cannot_be_read_is_named()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        using var client = harness.Client(settings => settings with { CertificateAuthorityFile = harness["missing.pem"] });

        Assert.StartsWith($"cannot read the certificates in {harness["missing.pem"]}: ", await harness.RefusalAsync(() => client.RefreshAsync()), StringComparison.Ordinal);
    }
}
