using System.Globalization;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Progress;

/// <summary>One line that overwrites itself, for all downloads of a command together.</summary>
internal sealed class DownloadBar(Terminal terminal) : IProgress<DownloadProgress>
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, DownloadProgress> _files = new(StringComparer.Ordinal);
    private bool _over;
    private string _shown = "";

    public void Report(DownloadProgress value)
    {
        lock (_lock)
        {
            _files[value.FileName] = value;
            var (received, total) = (_files.Values.Sum(file => file.Received), _files.Values.Sum(file => file.Total));
            var percent = total > 0 ? (int)(100 * received / total) : 0;
            var name = _files.Count == 1 ? value.FileName : Readable.Count(_files.Count, "package");
            var line = string.Create(CultureInfo.InvariantCulture, $"{name}  {percent}% of {Readable.Size(total)}");
            if (!_over && line != _shown)
            {
                _shown = line;
                terminal.WriteError($"\r{line}\x1b[K");
            }
        }
    }

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
