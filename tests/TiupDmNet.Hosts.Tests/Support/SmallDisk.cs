using System.Diagnostics;

namespace TiupDmNet.Hosts.Tests.Support;

/// <summary>A file system of 1 MiB.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    public static SmallDisk MountOrSkip(string path)
    {
        Directory.CreateDirectory(path);
        Assert.SkipUnless(Environment.UserName == "root" && Execute("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path), "needs root and the right to mount");
        return new SmallDisk(path);
    }

    public void Dispose() => Execute("umount", _path);

    private static bool Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
