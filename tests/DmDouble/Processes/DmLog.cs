using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace DmDouble.Processes;

/// <summary>A log file in DM's format.</summary>
internal sealed class DmLog : IDisposable
{
    private static readonly SearchValues<char> Special = SearchValues.Create(" \"=[]\n\\");

    private readonly Lock _lock = new();
    private readonly StreamWriter? _writer;

    public DmLog(string? path)
    {
        if (path is { Length: > 0 })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true, NewLine = "\n" };
        }
    }

    public void Info(string message, params ReadOnlySpan<(string Key, string Value)> fields) => Write("INFO", message, fields);

    public void Warn(string message, params ReadOnlySpan<(string Key, string Value)> fields) => Write("WARN", message, fields);

    public void Error(string message, params ReadOnlySpan<(string Key, string Value)> fields) => Write("ERROR", message, fields);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer?.Dispose();
        }
    }

    private void Write(string level, string message, ReadOnlySpan<(string Key, string Value)> fields, [CallerLineNumber] int line = 0)
    {
        if (_writer is null)
        {
            return;
        }

        var time = DateTimeOffset.Now.ToString("yyyy/MM/dd HH:mm:ss.fff zzz", CultureInfo.InvariantCulture);
        var text = $"[{time}] [{level}] [server.go:{line}] [{Quoted(message)}]";
        foreach (var (key, value) in fields)
        {
            text += $" [{key}={Quoted(value)}]";
        }

        lock (_lock)
        {
            if (_writer.BaseStream.CanWrite)
            {
                _writer.WriteLine(text);
            }
        }
    }

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(Special) < 0 && text.Length > 0
            ? text
            : "\"" + text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal) + "\"";
}
