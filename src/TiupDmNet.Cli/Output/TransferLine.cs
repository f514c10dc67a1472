using System.Globalization;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Output;

/// <summary>How far files are on their way: one line for all of them that overwrites itself.</summary>
internal sealed class TransferLine(Terminal terminal) : IProgress<DownloadProgress>, IProgress<UploadProgress>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Done, long Total)> _files = [];
    private bool _over;
    private string _shown = "";

    public void Report(DownloadProgress value) => Show(value.FileName, value.Received, value.Total);

    public void Report(UploadProgress value) => Show(value.FileName, value.Sent, value.Total);

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

    private void Show(string fileName, long done, long total)
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
}
