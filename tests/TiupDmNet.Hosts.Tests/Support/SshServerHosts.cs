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
            if (!SshServer.IsInstalled)
            {
                const string Reason = "needs OpenSSH's sshd (apt-get install openssh-server)";
                Assert.False(Environment.GetEnvironmentVariable("DMPATCH_LAB") == "required", Reason);
                Assert.Skip(Reason);
            }

            return SshServer.StartAsync(extraConfiguration);
        }
    }
}
