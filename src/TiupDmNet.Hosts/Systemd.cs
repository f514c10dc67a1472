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
    public bool IsLoaded => LoadState == "loaded";

    public bool IsActive => ActiveState == "active";

    /// <summary>Stopped and nothing left to stop.</summary>
    public bool IsStopped => ActiveState is "inactive" or "failed" && MainPid == 0;
}

/// <summary>systemd on one host. sudo (never asking for a password) is used here and nowhere else.</summary>
public sealed class Systemd(IHost host, SystemdScope scope)
{
    public Task<UnitStatus> ShowAsync(string unit, CancellationToken cancellation) => throw new NotImplementedException(host + "" + scope);

    /// <summary>Starts the unit and returns when systemd has started its process. Reloads unit files before, only if systemd says that they changed.</summary>
    public Task StartAsync(string unit, TimeSpan limit, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stops the unit gracefully and returns when its process is gone.</summary>
    public Task StopAsync(string unit, TimeSpan limit, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The last lines of the unit's journal, "" where they cannot be read.</summary>
    public Task<string> JournalAsync(string unit, int lines, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The words that begin a systemctl command in a script of the caller's: <c>sudo -n systemctl</c> or <c>systemctl --user</c>, with the environment that a user manager needs.</summary>
    public string Command => throw new NotImplementedException();
}
