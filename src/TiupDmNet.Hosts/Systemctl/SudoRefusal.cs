namespace TiupDmNet.Hosts.Systemctl;

/// <summary>Recognises that sudo, and not the command behind it, has failed, and says what would let it through.</summary>
internal static class SudoRefusal
{
    private static readonly (string Words, string Why)[] Known =
    [
        ("a password is required", "sudo asks for a password"),
        ("a terminal is required", "sudo asks for a password"),
        ("no tty present and no askpass program specified", "sudo asks for a password"),
        ("you must have a tty to run sudo", "sudo wants a terminal (requiretty)"),
        ("is not in the sudoers file", "the user is not in the sudoers file"),
        ("may not run sudo", "the user may not use sudo"),
        ("is not allowed to execute", "sudo does not allow the command"),
        ("sudo: command not found", "sudo is not installed"),
        ("sudo: not found", "sudo is not installed"),
        ("sudo: no valid sudoers sources found", "sudo has no valid configuration"),
        ("sudo: effective uid is not 0", "sudo cannot become root (nosuid file system, or no setuid bit)"),
        ("sudo: account validation failure", "sudo does not accept the account (expired password?)"),
        ("sudo: PAM account management error", "sudo does not accept the account (expired password?)"),
    ];

    /// <summary>The failure, or null when sudo did its part.</summary>
    /// <param name="result">Of a script in which a command began with <c>sudo -n systemctl</c>.</param>
    /// <param name="address">The host.</param>
    /// <param name="units">The units that the user must be able to start and stop.</param>
    public static HostException? Of(CommandResult result, HostAddress address, IReadOnlyCollection<string> units)
    {
        var line = result.Error.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(l => Known.Any(k => l.Contains(k.Words, StringComparison.Ordinal)));
        if (result.ExitCode == 0 || line is null)
        {
            return null;
        }

        var why = Known.First(k => line.Contains(k.Words, StringComparison.Ordinal)).Why;
        return new HostException(
            HostFailure.Sudo,
            address.ToString(),
            $"{address.User} cannot manage services on {address}: {why} ({line}). With visudo -f /etc/sudoers.d/dm-patch put this line there: {Line(address.User, units)}");
    }

    /// <summary>The least that a sudoers file must grant. The commands are literally those that are run.</summary>
    public static string Line(string user, IReadOnlyCollection<string> units)
    {
        var commands = units.SelectMany(u => new[] { $"/usr/bin/systemctl start {u}", $"/usr/bin/systemctl stop {u}" }).Append("/usr/bin/systemctl daemon-reload");
        return $"{user} ALL=(root) NOPASSWD: {string.Join(", ", commands)}";
    }
}
