using System.Text.RegularExpressions;

namespace TiupDmNet.Hosts.OpenSsh;

/// <summary>Why a connection could not be made.</summary>
/// <param name="Kind">What to tell the caller.</param>
/// <param name="Message">What to tell the operator.</param>
/// <param name="Passing">It may go away by itself: worth another try.</param>
internal sealed record SshFailure(HostFailure Kind, string Message, bool Passing = false);

/// <summary>Reads what the OpenSSH client says (with LC_ALL=C and LogLevel=INFO) when it cannot connect.</summary>
internal static partial class SshFailures
{
    private static readonly string[] Dropped =
    [
        "Connection reset by",
        "Connection closed by",
        "kex_exchange_identification",
        "ssh_exchange_identification",
        "Broken pipe",
    ];

    public static SshFailure Explain(string said, HostAddress address, HostSettings settings)
    {
        if (said.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal) || said.Contains("REVOKED HOST KEY", StringComparison.Ordinal))
        {
            return HostKey(said, address, settings);
        }

        if (said.Contains("Host key verification failed", StringComparison.Ordinal))
        {
            return new(HostFailure.HostKeyChanged, $"The host key of {address} was not accepted; ssh says: {Sentence.Of(said)}");
        }

        if (said.Contains(": Permission denied (", StringComparison.Ordinal) || said.Contains("Too many authentication failures", StringComparison.Ordinal))
        {
            return Login(said, address, settings);
        }

        if (said.Contains("Unable to negotiate with", StringComparison.Ordinal))
        {
            return new(HostFailure.Engine, $"{address} and this machine's ssh have no algorithm in common; ssh says: {Sentence.Last(said)}");
        }

        return Network(said, address, settings) ?? new(HostFailure.Unreachable, $"{address} cannot be reached; ssh says: {Sentence.Last(said)}");
    }

    private static SshFailure? Network(string said, HostAddress address, HostSettings settings)
    {
        if (said.Contains("Could not resolve hostname", StringComparison.Ordinal))
        {
            return new(HostFailure.Unreachable, $"The host name of {address} cannot be resolved; check it in the topology and in this machine's DNS or ~/.ssh/config.");
        }

        if (said.Contains("Connection refused", StringComparison.Ordinal))
        {
            return new(HostFailure.Unreachable, $"{address} refuses the connection; check that sshd runs there and that {address.Port} is its port.", Passing: true);
        }

        if (said.Contains("No route to host", StringComparison.Ordinal) || said.Contains("Network is unreachable", StringComparison.Ordinal))
        {
            return new(HostFailure.Unreachable, $"There is no route to {address}; check that the host is up and the network between.");
        }

        if (said.Contains("timed out", StringComparison.Ordinal))
        {
            return new(
                HostFailure.Unreachable,
                FormattableString.Invariant($"{address} did not answer within {settings.ConnectTimeout.TotalSeconds:0.#} s; check that the host is up and no firewall drops port {address.Port}, or give it longer with --ssh-timeout."));
        }

        if (said.Contains("login not finished within", StringComparison.Ordinal))
        {
            return new(HostFailure.Unreachable, $"{address} accepts connections but does not finish the login; look at sshd's log there.");
        }

        return Dropped.Any(d => said.Contains(d, StringComparison.Ordinal))
            ? new(HostFailure.Unreachable, $"{address} accepts the connection and drops it at once (sshd overloaded, MaxStartups, or a firewall); ssh says: {Sentence.Last(said)}", Passing: true)
            : null;
    }

    private static SshFailure HostKey(string said, HostAddress address, HostSettings settings)
    {
        var offered = OfferedPattern().Match(said);
        var offending = OffendingPattern().Match(said);
        var key = offered.Success ? $" It offers the {offered.Groups[1].Value} key {offered.Groups[2].Value}." : "";
        var file = offending.Success ? offending.Groups[2].Value : settings.KnownHosts;
        var recorded = offending.Success
            ? $" The recorded {offending.Groups[1].Value} key is line {offending.Groups[3].Value} of {file}."
            : $" ssh says: {Sentence.Of(said)}";
        var name = address.Port == 22 ? address.Host : $"[{address.Host}]:{address.Port}";
        return new(
            HostFailure.HostKeyChanged,
            $"The host key of {address} is not the recorded one: the host was reinstalled, or somebody is between.{key}{recorded}"
            + $" Compare with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on the host itself; if it is right, forget the old key: ssh-keygen -f {Shell.Quote(file)} -R {Shell.Quote(name)}");
    }

    private static SshFailure Login(string said, HostAddress address, HostSettings settings)
    {
        var accepts = AcceptsPattern().Match(said);
        var asked = accepts.Success ? $" (it accepts: {accepts.Groups[1].Value.Replace(",", ", ", StringComparison.Ordinal)})" : "";
        var key = KeyState(said, settings.PrivateKey);
        return new(
            HostFailure.Authentication,
            $"{address} does not let {address.User} in{asked}. Tried: {key}, then the keys of ssh-agent and ~/.ssh/config."
            + $" Test with: ssh -p {address.Port} -i {Shell.Quote(settings.PrivateKey)} {address.User}@{address.Host} true");
    }

    private static string KeyState(string said, string key)
    {
        if (!File.Exists(key))
        {
            return $"the cluster's key {key} (which does not exist)";
        }

        if (said.Contains("UNPROTECTED PRIVATE KEY FILE", StringComparison.Ordinal))
        {
            return $"the cluster's key {key} (which ssh ignores because others can read it: chmod 600)";
        }

        var load = LoadKeyPattern().Match(said);
        return load.Success ? $"the cluster's key {key} (which ssh cannot load: {load.Groups[1].Value.Trim()})" : $"the cluster's key {key}";
    }

    [GeneratedRegex(@"fingerprint for the (\S+) key sent by the remote host is\s+(SHA256:[A-Za-z0-9+/]+)")]
    private static partial Regex OfferedPattern();

    [GeneratedRegex(@"^Offending (\S+) key in (.+):(\d+)\r?$", RegexOptions.Multiline)]
    private static partial Regex OffendingPattern();

    [GeneratedRegex(@": Permission denied \(([^)]*)\)")]
    private static partial Regex AcceptsPattern();

    [GeneratedRegex(@"^Load key ""[^""]*"": (.+)$", RegexOptions.Multiline)]
    private static partial Regex LoadKeyPattern();
}
