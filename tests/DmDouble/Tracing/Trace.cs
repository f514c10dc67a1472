using System.Globalization;
using System.Text.Json.Nodes;

namespace DmDouble.Tracing;

/// <summary>
/// What a process did and when, one JSON line per event in <c>trace.jsonl</c> in its working directory. While something is on, a tick every
/// 200 ms lets a reader date a SIGKILL.
/// </summary>
internal sealed class Trace : IDisposable
{
    public const string FileName = "trace.jsonl";
    public static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly HashSet<string> _on = new(StringComparer.Ordinal);
    private readonly Timer _ticker;
    private readonly string _process;
    private readonly string _name;
    private bool _closed;

    public Trace(string path, string process, string name)
    {
        (_process, _name) = (process, name);
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _ticker = new Timer(_ => Tick(), null, TickPeriod, TickPeriod);
        Write("started", ("pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>The control plane is, or is not, to be had from this process.</summary>
    public void Serving(bool on) => Switch("serving", "", on);

    public void Running(string task, string source, bool on) => Switch("running", task, on, ("task", task), ("source", source));

    /// <summary>Somebody called what the real process does not have.</summary>
    public void UnknownCall(string method, string path) => Write("unknown-call", ("path", method + " " + path));

    public void Stopped() => Write("stopped");

    public void Dispose()
    {
        _ticker.Dispose();
        lock (_lock)
        {
            _closed = true;
            _file.Dispose();
        }
    }

    private void Switch(string what, string key, bool on, params ReadOnlySpan<(string Key, string Value)> fields)
    {
        var id = what + " " + key;
        lock (_lock)
        {
            if (on ? _on.Add(id) : _on.Remove(id))
            {
                Write(on ? what : "not-" + what, fields);
            }
        }
    }

    private void Tick()
    {
        lock (_lock)
        {
            if (_on.Count > 0)
            {
                Write("tick");
            }
        }
    }

    private void Write(string happened, params ReadOnlySpan<(string Key, string Value)> fields)
    {
        var line = new JsonObject
        {
            ["t"] = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
            ["p"] = _process,
            ["n"] = _name,
            ["e"] = happened,
        };
        foreach (var (key, value) in fields)
        {
            line[key] = value;
        }

        lock (_lock)
        {
            if (!_closed)
            {
                _file.Write(System.Text.Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
            }
        }
    }
}
