using System.Globalization;

namespace TiupDmNet.Hosts.OpenSsh;

/// <summary>A private directory for the sockets of the connections: who can open such a socket can run commands as we do.</summary>
internal sealed class SocketDirectory : IDisposable
{
    // sun_path holds 108 bytes with its NUL, and ssh binds "<path>.<16 characters>" first.
    private const int LongestSocket = 108 - 1 - 17;

    private int _next;

    private SocketDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>Makes the directory; its name cannot be foreseen, so nobody can have made it before.</summary>
    public static SocketDirectory Create(string parent)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("OpenSSH for Windows cannot share connections.");
        }

        var name = "dm-patch-" + System.IO.Path.GetRandomFileName();
        var path = System.IO.Path.Combine(parent, name);
        if (!Directory.Exists(parent) || System.Text.Encoding.UTF8.GetByteCount(path) + "/9999".Length > LongestSocket)
        {
            path = System.IO.Path.Combine("/tmp", name);
        }

        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new SocketDirectory(path);
    }

    /// <summary>A path for a socket, never given out before.</summary>
    public string NewSocket() => System.IO.Path.Combine(Path, Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }
}
