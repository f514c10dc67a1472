using System.Diagnostics;

namespace TiupDmNet.Storage.Tests;

/// <summary>A file system of 64 KiB in memory; only root can have one, so a test without it is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    public const int Size = 64 * 1024;

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(string path)
    {
        Directory.CreateDirectory(path);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={Size}", "tmpfs", path), "mounting a small file system needs root");
        return new SmallDisk(path);
    }

    /// <summary>Leaves no byte for anyone.</summary>
    public void Fill()
    {
        using var filler = new FileStream(System.IO.Path.Combine(Path, "filler"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                filler.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
        }
    }

    public void Dispose() => Run("umount", Path);

    private static bool Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
