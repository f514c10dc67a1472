using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using TiupDmNet.Hosts.Execution;

namespace TiupDmNet.Hosts.OpenSsh;

/// <summary>The OpenSSH client of this machine and the command lines for it.</summary>
internal sealed partial class SshClient
{
    /// <summary>The first with <c>StrictHostKeyChecking=accept-new</c>.</summary>
    private static readonly Version Oldest = new(7, 6);

    /// <summary>The first that can put ciphers in front of its default list.</summary>
    private static readonly Version WithCipherPrefix = new(8, 1);

    private static readonly string[] FastCiphers = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];

    private readonly HostSettings _settings;
    private readonly string? _ciphers;

    private SshClient(HostSettings settings, string? ciphers)
    {
        _settings = settings;
        _ciphers = ciphers;
    }

    /// <summary>Finds out what the client can do.</summary>
    /// <exception cref="HostException"><see cref="HostFailure.Engine"/>: there is none, or it is too old.</exception>
    public static async Task<SshClient> DetectAsync(HostSettings settings, HostAddress address)
    {
        var (version, banner) = await AskAsync("-V").ConfigureAwait(false);
        var found = VersionPattern().Match(version + banner);
        if (!found.Success)
        {
            throw new HostException(HostFailure.Engine, address.ToString(), $"'{settings.SshProgram}' is not an OpenSSH client; it calls itself: {Sentence.Of(version + banner)}");
        }

        var client = new Version(int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture));
        if (client < Oldest)
        {
            throw new HostException(HostFailure.Engine, address.ToString(), $"'{settings.SshProgram}' is OpenSSH {client}; at least {Oldest} is needed. Install a newer one or name it in TIUP_SSH_PATH.");
        }

        if (client < WithCipherPrefix)
        {
            return new SshClient(settings, null);
        }

        var (known, _) = await AskAsync("-Q", "cipher").ConfigureAwait(false);
        var usable = FastCiphers.Intersect(known.Split('\n', StringSplitOptions.TrimEntries)).ToArray();
        return new SshClient(settings, usable.Length == 0 ? null : "^" + string.Join(',', usable));

        async Task<(string Output, string Error)> AskAsync(params string[] arguments)
        {
            try
            {
                var child = ChildProcess.Start(settings.SshProgram, arguments, ownSession: false);
                await using (child.ConfigureAwait(false))
                {
                    await child.Exited.ConfigureAwait(false);
                    return (child.Output.ToString(), child.Error.ToString());
                }
            }
            catch (Win32Exception e)
            {
                throw new HostException(
                    HostFailure.Engine,
                    address.ToString(),
                    $"The ssh program '{settings.SshProgram}' cannot be started ({e.Message}). Install the OpenSSH client or name it in TIUP_SSH_PATH.",
                    e);
            }
        }
    }

    /// <summary>The arguments of a connection that others share through a socket. It says "connected" on its output when it is up.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="socket">Where it will listen.</param>
    /// <param name="onlyGivenKeys">
    /// Offer the cluster's key and those of the operator's configuration, and no others of the agent: a server counts each as a try,
    /// and an agent with six keys never comes to the right one (MaxAuthTries).
    /// </param>
    public IEnumerable<string> MasterArguments(HostAddress address, string socket, bool onlyGivenKeys)
    {
        string[] options =
        [
            "BatchMode=yes",
            "StrictHostKeyChecking=accept-new",
            $"UserKnownHostsFile={ConfigWord(_settings.KnownHosts)} ~/.ssh/known_hosts ~/.ssh/known_hosts2",
            "HashKnownHosts=no",
            "UpdateHostKeys=no",
            "CheckHostIP=no",
            string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={Math.Max(1, (int)Math.Ceiling(_settings.ConnectTimeout.TotalSeconds))}"),
            "ConnectionAttempts=1",
            "ServerAliveInterval=5",
            "ServerAliveCountMax=3",
            // Says why in cases where ERROR says nothing (no common algorithm, keep-alive unanswered).
            "LogLevel=INFO",
            "ForwardX11=no",
            "ForwardAgent=no",
            "ClearAllForwardings=yes",
            "RequestTTY=no",
            // What the operator's configuration may say for logins by hand would get in the way here.
            "ControlPersist=no",
            "RemoteCommand=none",
            "Tunnel=no",
            "PermitLocalCommand=yes",
            "LocalCommand=echo " + SshMaster.Connected,
            .. File.Exists(_settings.PrivateKey) ? ["IdentityFile=" + ConfigWord(_settings.PrivateKey)] : Array.Empty<string>(),
            .. onlyGivenKeys ? ["IdentitiesOnly=yes"] : Array.Empty<string>(),
            .. _ciphers is null ? Array.Empty<string>() : ["Ciphers=" + _ciphers],
        ];

        return [_settings.SshProgram, "-M", "-N", "-S", Unexpanded(socket), .. options.SelectMany(o => new[] { "-o", o }), .. Destination(address)];
    }

    /// <summary>Starts a command line in the host's login shell, over the connection behind the socket and over no other.</summary>
    public ChildProcess Start(HostAddress address, string socket, string commandLine, Action<ChildProcess>? onData) => ChildProcess.Start(
        _settings.SshProgram,
        [
            "-F", "/dev/null",
            "-S", Unexpanded(socket),
            "-o", "ControlMaster=no",
            // Where the socket does not answer, ssh connects by itself, unseen. With this it fails instead.
            "-o", "ProxyCommand=false",
            "-o", "BatchMode=yes",
            "-o", "LogLevel=ERROR",
            "-T",
            .. Destination(address),
            commandLine,
        ],
        onData);

    private static string[] Destination(HostAddress address) => ["-p", address.Port.ToString(CultureInfo.InvariantCulture), "-l", address.User, "--", address.Host];

    /// <summary>A path where ssh replaces %-sequences.</summary>
    private static string Unexpanded(string path) => path.Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>A path as one word of a configuration line.</summary>
    private static string ConfigWord(string path) =>
        $"\"{Unexpanded(path).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"OpenSSH(?:_for_Windows)?_(\d+)\.(\d+)")]
    private static partial Regex VersionPattern();
}
