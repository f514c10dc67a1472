using System.Runtime.InteropServices;

namespace DmDouble.Systemctl;

/// <summary>What .NET does not offer of the C library.</summary>
internal static partial class Native
{
    public const int Kill = 9;
    public const int Terminate = 15;

#pragma warning disable IDE1006 // The C library's names.
    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int setsid();

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int kill(int pid, int signal);
#pragma warning restore IDE1006
}
