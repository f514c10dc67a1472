using TiupDmNet.TestSupport;

namespace TiupDmNet.Hosts.Tests.Support;

/// <summary>A test's sshd as a host.</summary>
internal static class SshServerHosts
{
    extension(SshServer server)
    {
        public HostAddress Address => new("127.0.0.1", server.Port, Environment.UserName);

        public HostSettings Settings => new()
        {
            Engine = SshEngine.OpenSsh,
            PrivateKey = server.PrivateKey,
            KnownHosts = server.KnownHosts,
            ConnectAttempts = 2,
            SocketParent = server.Directory.Path,
        };

        /// <summary>Starts a server, or skips the test (fails it with DMPATCH_LAB=required) where there is none.</summary>
        public static Task<SshServer> StartOrSkipAsync(params string[] extraConfiguration)
        {
            Require(SshServer.IsInstalled, "needs OpenSSH's sshd (apt-get install openssh-server)");
            return SshServer.StartAsync(extraConfiguration);
        }
    }

    /// <summary>For tests that need no server: skips (fails with DMPATCH_LAB=required) where there is no ssh.</summary>
    public static void SkipWithoutClient() => Require(File.Exists("/usr/bin/ssh"), "needs the OpenSSH client (apt-get install openssh-client)");

    private static void Require(bool there, string reason)
    {
        Assert.False(!there && Environment.GetEnvironmentVariable("DMPATCH_LAB") == "required", reason);
        Assert.SkipUnless(there, reason);
    }
}
