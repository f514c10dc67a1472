using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TiupDmNet.Storage;

/// <summary>
/// The calls of the C library that .NET has no name for: open(2) without .NET's own flock on top, flock(2), fsync(2) of a
/// directory, and rename(2) of whatever is there. Elsewhere than on Unix they fall back to what .NET has.
/// </summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;
    private const int ReadWrite = 2;

    private static int Append => OperatingSystem.IsMacOS() ? 0x8 : 0x400;

    // Without it the ssh masters that we start would inherit a lock and keep it after us.
    private static int CloseOnExec => OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    /// <summary>Opens a file for reading and writing, creating it first if need be. Unlike File.OpenHandle it takes no lock.</summary>
    /// <exception cref="IOException">Also where permission is missing.</exception>
    public static SafeFileHandle Open(string path, bool append, UnixFileMode mode, out bool created)
    {
        created = TryCreate(path, mode);
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        }

        return OpenExisting(path, ReadWrite | (append ? Append : 0));
    }

    /// <summary>Takes an exclusive flock, or returns false at once where another open file has it.</summary>
    public static bool TryLock(SafeFileHandle file)
    {
        const int exclusiveNonBlocking = 2 | 4;
        if (OperatingSystem.IsWindows() || Flock(file, exclusiveNonBlocking) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is 11 or 35 ? false : throw Failure(error); // EWOULDBLOCK of Linux and macOS
    }

    /// <summary>
    /// Lets go of the flock. Closing alone would not do while a program that is just being started has a copy of the
    /// descriptor, between its fork and its exec.
    /// </summary>
    public static void Unlock(SafeFileHandle file)
    {
        const int unlock = 8;
        if (!OperatingSystem.IsWindows())
        {
            _ = Flock(file, unlock);
        }
    }

    /// <summary>Makes created, renamed and removed entries of a directory survive a power cut.</summary>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var directory = OpenExisting(path, ReadOnly);
        if (Fsync(directory) != 0)
        {
            const int notSupportedHere = 22; // EINVAL: some network file systems cannot
            var error = Marshal.GetLastPInvokeError();
            if (error != notSupportedHere)
            {
                throw Failure(error);
            }
        }
    }

    /// <summary>rename(2): replaces what is at <paramref name="to"/>; a symbolic link is moved itself.</summary>
    public static void Rename(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Move(from, to, overwrite: true);
        }
        else if (RenameFile(from, to) != 0)
        {
            throw Failure(Marshal.GetLastPInvokeError());
        }
    }

    private static bool TryCreate(string path, UnixFileMode mode)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            using (new FileStream(path, options))
            {
                return true;
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private static SafeFileHandle OpenExisting(string path, int flags)
    {
        // open(2) is variadic; without O_CREAT there is no third argument, so it can be called as it is declared here.
        var descriptor = OpenFile(path, flags | CloseOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(Marshal.GetLastPInvokeError());
    }

    private static IOException Failure(int error) => new(Marshal.GetPInvokeErrorMessage(error), error);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string from, string to);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
