using TiupDmNet.Hosts.Systemctl;

namespace TiupDmNet.Hosts;

public enum SystemdScope
{
    /// <summary><c>sudo -n systemctl</c></summary>
    System,

    /// <summary><c>systemctl --user</c></summary>
    User,
}

/// <summary>What <c>systemctl show</c> says of a unit.</summary>
/// <param name="LoadState">loaded, not-found, …</param>
/// <param name="ActiveState">active, activating, deactivating, inactive, failed.</param>
/// <param name="SubState">running, dead, auto-restart, …</param>
/// <param name="Result">success, exit-code, signal, timeout, …</param>
/// <param name="MainPid">0 when nothing runs.</param>
/// <param name="Restarts">Automatic restarts since the unit was started by hand.</param>
/// <param name="ExecMainStatus">Exit code or signal number of the last main process.</param>
/// <param name="StopTimeout">After it systemd kills; null for "infinity".</param>
public sealed record UnitStatus(string LoadState, string ActiveState, string SubState, string Result, int MainPid, int Restarts, int ExecMainStatus, TimeSpan? StopTimeout)
{
    /// <summary>What a script of the caller's asks <c>systemctl show -p</c> for, to be read by <see cref="Parse"/>.</summary>
    public const string Properties = ShowOutput.Properties;

    public bool IsLoaded => LoadState == "loaded";

    public bool IsActive => ActiveState == "active";

    /// <summary>Stopped and nothing left to stop.</summary>
    public bool IsStopped => ActiveState is "inactive" or "failed" && MainPid == 0;

    /// <summary>Reads the output of <c>systemctl show</c>.</summary>
    public static UnitStatus Parse(string showOutput) => ShowOutput.Parse(showOutput);
}

/// <summary>systemd on one host. sudo (never asking for a password) is used here and nowhere else, and only to start, stop and reload.</summary>
public sealed class Systemd(IHost host, SystemdScope scope)
{
    private static readonly TimeSpan Asking = TimeSpan.FromSeconds(30);

    // A login without PAM's systemd module (as through sshd with UsePAM no) lacks the variable; the user manager is there all the same where lingering is on.
    private const string UserManager =
        """env $([ -n "${XDG_RUNTIME_DIR:-}" ] || [ ! -d "/run/user/$UID" ] || echo "XDG_RUNTIME_DIR=/run/user/$UID") systemctl --user""";

    /// <summary>The words that begin a systemctl command in a script of the caller's: <c>sudo -n systemctl</c> or <c>systemctl --user</c>, with the environment that a user manager needs.</summary>
    /// <remarks>root needs no sudo, and may not have it. See <see cref="ThrowIfRefused"/> for the result of such a script.</remarks>
    public string Command => scope == SystemdScope.User ? UserManager : host.Address.User == "root" ? "systemctl" : "sudo -n systemctl";

    /// <summary>The same for questions, which take no rights.</summary>
    public string Query => scope == SystemdScope.User ? UserManager : "systemctl";

    /// <exception cref="HostException"><see cref="HostFailure.Command"/>: systemd does not answer there.</exception>
    public async Task<UnitStatus> ShowAsync(string unit, CancellationToken cancellation)
    {
        var result = await host.RunAsync(new Script($"{Query} show -p {ShowOutput.Properties} -- {Shell.Quote(unit)}", $"look at {unit}", Asking), cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 ? ShowOutput.Parse(result.Output) : throw Failure($"systemd on {host.Address} does not tell the state of {unit}", result);
    }

    /// <summary>Starts the unit and returns when systemd has started its process. Reloads unit files before, only if systemd says that they changed.</summary>
    /// <exception cref="HostException"><see cref="HostFailure.Command"/> with systemd's words, <see cref="HostFailure.Sudo"/> with what would let it through, or as for all commands.</exception>
    public async Task StartAsync(string unit, TimeSpan limit, CancellationToken cancellation)
    {
        var script = $"""
            unit={Shell.Quote(unit)}
            case $({Query} show -p NeedDaemonReload -- "$unit") in
                *NeedDaemonReload=yes*) {Command} daemon-reload || exit ;;
            esac
            {Command} start "$unit"
            """;
        var result = await host.RunAsync(new Script(script, $"start {unit}", limit), cancellation).ConfigureAwait(false);
        ThrowIfRefused(result, unit);
        if (result.ExitCode != 0)
        {
            throw Failure($"{unit} did not start on {host.Address}", result);
        }
    }

    /// <summary>Stops the unit gracefully and returns when its process is gone. A unit that systemd does not know is as good as stopped.</summary>
    /// <exception cref="HostException">As for <see cref="StartAsync"/>.</exception>
    public async Task StopAsync(string unit, TimeSpan limit, CancellationToken cancellation)
    {
        var script = $"""
            unit={Shell.Quote(unit)}
            {Command} stop "$unit"; code=$?
            {Query} show -p {ShowOutput.Properties} -- "$unit"
            exit $code
            """;
        var result = await host.RunAsync(new Script(script, $"stop {unit}", limit), cancellation).ConfigureAwait(false);
        ThrowIfRefused(result, unit);
        var status = ShowOutput.Parse(result.Output);
        if (result.ExitCode != 0 && status is not { LoadState: "not-found", MainPid: 0 })
        {
            throw Failure($"{unit} did not stop on {host.Address}", result);
        }

        if (status.ActiveState.Length == 0)
        {
            throw Failure($"systemd on {host.Address} does not tell whether {unit} has stopped", result);
        }

        if (!status.IsStopped)
        {
            throw new HostException(
                HostFailure.Command,
                host.Address.ToString(),
                $"{unit} on {host.Address} is {status.ActiveState} ({status.SubState}, process {status.MainPid}) after it was stopped: something else starts it. Find out what, then run again.");
        }
    }

    /// <summary>The last lines of the unit's journal, "" where they cannot be read.</summary>
    public async Task<string> JournalAsync(string unit, int lines, CancellationToken cancellation)
    {
        var user = scope == SystemdScope.User ? "--user " : "";
        var script = FormattableString.Invariant($"journalctl {user}-q --no-pager -o short-iso -n {lines} -u {Shell.Quote(unit)}");
        try
        {
            var result = await host.RunAsync(new Script(script, $"read the journal of {unit}", Asking), cancellation).ConfigureAwait(false);
            return result.ExitCode == 0 ? result.Output : "";
        }
        catch (HostException)
        {
            return "";
        }
    }

    /// <summary>For scripts of the caller's that use <see cref="Command"/>: fails if sudo refused.</summary>
    /// <exception cref="HostException"><see cref="HostFailure.Sudo"/>, with the sudoers line that is missing.</exception>
    public void ThrowIfRefused(CommandResult result, params IReadOnlyCollection<string> units)
    {
        if (SudoRefusal.Of(result, host.Address, units) is { } refusal)
        {
            throw refusal;
        }
    }

    private HostException Failure(string what, CommandResult result) =>
        new(HostFailure.Command, host.Address.ToString(), $"{what} (exit code {result.ExitCode}): {Sentence.Of(result.Error)}");
}
