using System.Globalization;

namespace TiupDmNet.Cli.Output;

/// <summary>How far a file is on its way: one line that overwrites itself.</summary>
internal sealed class TransferLine(Terminal terminal)
{
    private readonly Lock _lock = new();
    private bool _over;
    private int _shown = -1;

    public void Show(string fileName, long done, long total)
    {
        lock (_lock)
        {
            var percent = total > 0 ? (int)(100 * done / total) : 0;
            if (!_over && percent != _shown)
            {
                _shown = percent;
                terminal.WriteError(string.Create(CultureInfo.InvariantCulture, $"\r{fileName}  {percent}% of {Readable.Size(total)}\x1b[K"));
            }
        }
    }

    /// <summary>Takes the line away; what comes later is not shown.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _over = true;
            if (_shown >= 0)
            {
                terminal.WriteError("\r\x1b[K");
            }
        }
    }
}
