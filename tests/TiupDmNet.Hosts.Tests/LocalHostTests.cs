using TiupDmNet.Hosts.Tests.Support;

namespace TiupDmNet.Hosts.Tests;

public sealed class LocalHostTests : HostContract
{
    private static readonly HostSettings Settings = new() { Engine = SshEngine.None, PrivateKey = "", KnownHosts = "" };

    public override async ValueTask InitializeAsync()
    {
        Pool = new HostPool(Settings, TimeProvider.System);
        Host = await Pool.ConnectAsync(At("127.0.0.1"), default);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.8.8.8")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task Loopback_is_this_machine(string host)
    {
        Assert.Equal(0, (await (await Pool.ConnectAsync(At(host), default)).BashAsync("true")).ExitCode);
    }

    [Fact]
    public async Task The_name_of_this_machine_is_this_machine()
    {
        Assert.SkipUnless(await Task.Run(() => System.Net.Dns.GetHostAddresses(Environment.MachineName).Length > 0), "the host name has no address");
        Assert.Equal(0, (await (await Pool.ConnectAsync(At(Environment.MachineName), default)).BashAsync("true")).ExitCode);
    }

    [Theory]
    [InlineData("192.0.2.77")]
    [InlineData("no-such-host.invalid")]
    public async Task Another_machine_is_refused(string host)
    {
        var e = await Assert.ThrowsAsync<HostException>(() => Pool.ConnectAsync(At(host), default));
        Assert.Equal(HostFailure.Engine, e.Failure);
        Assert.Equal($"{host} is not an address of this machine, so --ssh none cannot reach it; leave --ssh out to use OpenSSH.", e.Message);
    }

    [Fact]
    public async Task Another_user_is_refused()
    {
        var e = await Assert.ThrowsAsync<HostException>(() => Pool.ConnectAsync(new HostAddress("127.0.0.1", 22, "somebody-else"), default));
        Assert.Equal(HostFailure.Engine, e.Failure);
        Assert.Equal(
            $"The cluster belongs to user 'somebody-else', but with --ssh none commands run as '{Environment.UserName}'; run this as 'somebody-else', or leave --ssh out to use OpenSSH.",
            e.Message);
    }

    [Fact]
    public async Task Commands_are_out_of_reach_of_a_Ctrl_C_on_our_terminal()
    {
        // It goes to the processes of the terminal's session.
        const string Session = "read -r _ _ _ _ _ sid _ < <(sed 's/.*)/x x/' /proc/{0}/stat); echo $sid";
        var ours = await Host.BashAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, Session, Environment.ProcessId));
        var theirs = await Host.BashAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, Session, "$$"));
        Assert.Equal((0, 0), (ours.ExitCode, theirs.ExitCode));
        Assert.NotEqual(ours.Output, theirs.Output);
    }

    [Fact]
    public async Task The_pool_gives_the_same_host_again()
    {
        Assert.Same(Host, await Pool.ConnectAsync(At("127.0.0.1"), default));
    }

    private static HostAddress At(string host) => new(host, 22, Environment.UserName);
}
