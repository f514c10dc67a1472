using TiupDmNet.Hosts.OpenSsh;

namespace TiupDmNet.Hosts.Tests.OpenSsh;

/// <summary>What cannot be provoked here, in the words of OpenSSH 9.2.</summary>
public sealed class SshFailuresTests
{
    private static readonly HostAddress Address = new("10.0.1.11", 22, "tidb");

    private static readonly HostSettings Settings = new() { Engine = SshEngine.OpenSsh, PrivateKey = "/none/id_rsa", KnownHosts = "/none/known_hosts" };

    [Theory]
    [InlineData("ssh: connect to host 10.0.1.11 port 22: No route to host\n", "There is no route to tidb@10.0.1.11:22; check that the host is up and the network between.")]
    [InlineData("ssh: connect to host 10.0.1.11 port 22: Network is unreachable\n", "There is no route to tidb@10.0.1.11:22; check that the host is up and the network between.")]
    [InlineData(
        "ssh: connect to host 10.0.1.11 port 22: Connection timed out\n",
        "tidb@10.0.1.11:22 did not answer within 5 s; check that the host is up and no firewall drops port 22, or give it longer with --ssh-timeout.")]
    [InlineData(
        "Connection timed out during banner exchange\nConnection to 10.0.1.11 port 22 timed out\n",
        "tidb@10.0.1.11:22 did not answer within 5 s; check that the host is up and no firewall drops port 22, or give it longer with --ssh-timeout.")]
    [InlineData("welcome\nlogin not finished within 25 s\n", "tidb@10.0.1.11:22 accepts connections but does not finish the login; look at sshd's log there.")]
    [InlineData("banner\nsomething new\n", "tidb@10.0.1.11:22 cannot be reached; ssh says: something new")]
    [InlineData("", "tidb@10.0.1.11:22 cannot be reached; ssh says: (nothing)")]
    public void Says_what_is_wrong_on_the_way(string said, string message) =>
        Assert.Equal(new SshFailure(HostFailure.Unreachable, message), SshFailures.Explain(said, Address, Settings));

    [Theory]
    [InlineData("kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.1.11 port 22\n")]
    [InlineData("kex_exchange_identification: Connection closed by remote host\n")]
    [InlineData("Connection closed by 10.0.1.11 port 22\n")]
    [InlineData("ssh: connect to host 10.0.1.11 port 22: Connection refused\n")]
    public void What_may_pass_is_worth_another_try(string said)
    {
        var failure = SshFailures.Explain(said, Address, Settings);
        Assert.Equal(HostFailure.Unreachable, failure.Kind);
        Assert.True(failure.Passing);
    }

    [Fact]
    public void Too_many_keys_are_a_login_failure()
    {
        var failure = SshFailures.Explain("Received disconnect from 10.0.1.11 port 22:2: Too many authentication failures\nDisconnected from 10.0.1.11 port 22\n", Address, Settings);
        Assert.Equal(
            new SshFailure(
                HostFailure.Authentication,
                "tidb@10.0.1.11:22 does not let tidb in. Tried: the cluster's key /none/id_rsa (which does not exist), then the keys of ssh-agent and ~/.ssh/config."
                + " Test with: ssh -p 22 -i '/none/id_rsa' tidb@10.0.1.11 true"),
            failure);
    }

    [Fact]
    public void A_changed_key_on_the_default_port_is_named_without_port()
    {
        const string Said = """
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
            @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
            The fingerprint for the ECDSA key sent by the remote host is
            SHA256:TafC+KaCqdNOWLt5wDBGQMYMtmlOo91G/BNGODiM8pM.
            Please contact your system administrator.
            Add correct host key in /none/known_hosts to get rid of this message.
            Offending ED25519 key in /etc/ssh/ssh_known_hosts:17
            Host key for 10.0.1.11 has changed and you have requested strict checking.
            Host key verification failed.

            """;
        Assert.Equal(
            new SshFailure(
                HostFailure.HostKeyChanged,
                "The host key of tidb@10.0.1.11:22 is not the recorded one: the host was reinstalled, or somebody is between."
                + " It offers the ECDSA key SHA256:TafC+KaCqdNOWLt5wDBGQMYMtmlOo91G/BNGODiM8pM. The recorded ED25519 key is line 17 of /etc/ssh/ssh_known_hosts."
                + " Compare with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on the host itself; if it is right, forget the old key:"
                + " ssh-keygen -f '/etc/ssh/ssh_known_hosts' -R '10.0.1.11'"),
            SshFailures.Explain(Said, Address, Settings));
    }
}
