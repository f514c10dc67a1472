namespace TiupDmNet.Hosts.OpenSsh;

/// <summary>Makes connections: not too many at a time, and again where the trouble may pass.</summary>
internal sealed class SshConnector(SshClient client, HostSettings settings, SocketDirectory sockets, SemaphoreSlim connects, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    public SshClient Client => client;

    public TimeProvider Time => time;

    /// <summary>Connects, with <see cref="HostSettings.ConnectAttempts"/> tries for refused and dropped connections.</summary>
    /// <exception cref="HostException">It says after how many tries, if more than one.</exception>
    public async Task<SshMaster> ConnectAsync(HostAddress address, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (master, failure) = await LogInAsync(address, cancellation).ConfigureAwait(false);
            if (master is not null)
            {
                return master;
            }

            if (!failure!.Passing || attempt >= settings.ConnectAttempts)
            {
                var tries = attempt == 1 ? "" : FormattableString.Invariant($" ({attempt} attempts)");
                throw new HostException(failure.Kind, address.ToString(), failure.Message + tries);
            }

            await Task.Delay(Pause(attempt, Random.Shared.NextDouble()), time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Doubles each time; spread by half, so that many hosts (or runs) do not come back in step.</summary>
    internal static TimeSpan Pause(int attempt, double chance)
    {
        var full = Math.Min(FirstPause.TotalMilliseconds * Math.Pow(2, attempt - 1), LongestPause.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(full * (0.5 + chance));
    }

    private async Task<(SshMaster? Master, SshFailure? Failure)> LogInAsync(HostAddress address, CancellationToken cancellation)
    {
        // The cluster's key alone is the rule; the operator's other keys come in when it does not fit.
        var onlyGivenKeys = File.Exists(settings.PrivateKey);
        var (master, failure) = await OpenAsync(onlyGivenKeys).ConfigureAwait(false);
        if (failure is { Kind: HostFailure.Authentication } && onlyGivenKeys)
        {
            (master, var second) = await OpenAsync(false).ConfigureAwait(false);
            failure = second is { Kind: not HostFailure.Authentication } ? second : failure;
        }

        return (master, failure);

        async Task<(SshMaster?, SshFailure?)> OpenAsync(bool onlyGiven)
        {
            await connects.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                var (opened, said) = await SshMaster.OpenAsync(client, address, sockets, settings, onlyGiven, time, cancellation).ConfigureAwait(false);
                return (opened, opened is null ? SshFailures.Explain(said, address, settings) : null);
            }
            finally
            {
                connects.Release();
            }
        }
    }
}
