using System.Runtime.InteropServices;

namespace TiupDmNet.Cli;

/// <summary>
/// Ctrl-C and its kin. The first one asks to stop in good order, the second to stop now. A lost terminal (SIGHUP) and SIGTERM count
/// the same: a run ends with every node whole, not in the middle of one.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _count;

    public CancellationToken Stop => _stop.Token;

    public CancellationToken Abort => _abort.Token;

    /// <summary>Told of each one, the first being 1, before anything is cancelled.</summary>
    public Action<int>? Announce { get; set; }

    public static Interrupts OfProcess()
    {
        var interrupts = new Interrupts();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            interrupts._signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                interrupts.Raise();
            }));
        }

        return interrupts;
    }

    public void Raise()
    {
        var count = Interlocked.Increment(ref _count);
        Announce?.Invoke(count);
        (count == 1 ? _stop : _abort).Cancel();
    }

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _stop.Dispose();
        _abort.Dispose();
    }
}
