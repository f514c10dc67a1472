using System.Globalization;

namespace TiupDmNet.Cli.Output;

/// <summary>How far files are on their way: one line for all of them that overwrites itself.</summary>
internal sealed class TransferLine(Terminal terminal)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Done, long Total)> _files = [];
    private bool _over;
    private string _shown = "";

    public void Show(string fileName, long done, long total)
    {
        lock (_lock)
        {
            _files[fileName] = (done, total);
            var (allDone, all) = (_files.Values.Sum(file => file.Done), _files.Values.Sum(file => file.Total));
            var percent = all > 0 ? (int)(100 * allDone / all) : 0;
            var name = _files.Count == 1 ? fileName : Readable.Count(_files.Count, "file");
            var line = string.Create(CultureInfo.InvariantCulture, $"{name}  {percent}% of {Readable.Size(all)}");
            if (!_over && line != _shown)
            {
                _shown = line;
                terminal.WriteError($"\r{line}\x1b[K");
            }
        }
    }

    /// <summary>Takes the line away; what comes later is not shown.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _over = true;
            if (_shown.Length > 0)
            {
                terminal.WriteError("\r\x1b[K");
            }
        }
    }
}
