using System.Diagnostics.CodeAnalysis;

namespace TiupDmNet.Hosts.OpenSsh;

/// <summary>
/// How many commands run at a time in one connection. sshd allows 10 (MaxSessions) unless told otherwise; hardened hosts allow 2 or 1. The number is
/// found by being refused, which is harmless: a refused command has not begun.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle to free, and a command that ends after its host is closed still releases it.")]
internal sealed class SessionSlots
{
    // Two stay free, for ending others.
    private const int Most = 8;

    private const int Patience = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _free = new(Most);
    private int _allowed = Most;

    public async Task<Slot> EnterAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        return new Slot(this);
    }

    /// <summary>The right to run one command.</summary>
    public sealed class Slot(SessionSlots slots) : IDisposable
    {
        private bool _held = true;
        private int _refusals;

        /// <summary>The host refused: from now on one command fewer at a time, and this one waits for its turn.</summary>
        /// <returns>False when the host refuses even a single one.</returns>
        public async Task<bool> NarrowAsync(TimeProvider time, CancellationToken cancellation)
        {
            if (++_refusals > Patience)
            {
                return false;
            }

            if (slots.TryNarrow())
            {
                _held = false;
                await slots._free.WaitAsync(cancellation).ConfigureAwait(false);
                _held = true;
            }
            else
            {
                // The last one: the session of an earlier command may still be closing there.
                await Task.Delay(Pause, time, cancellation).ConfigureAwait(false);
            }

            return true;
        }

        public void Dispose()
        {
            if (_held)
            {
                slots._free.Release();
            }

            _held = false;
        }
    }

    private bool TryNarrow()
    {
        lock (_free)
        {
            if (_allowed == 1)
            {
                return false;
            }

            _allowed--;
            return true;
        }
    }
}
