using System.Globalization;
using System.Runtime.InteropServices;
using DmDouble;
using TiupDmNet.Quickstart;

// The main job of dotnet dm-patch on this machine: no root, nothing to install, nothing left behind.
if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
{
    Console.Error.WriteLine("The quickstart's stand-ins for DM are Linux programs for x64; on other machines see README.md.");
    return 3;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
var directory = Directory.CreateTempSubdirectory("dm-patch-quickstart-").FullName;
try
{
    await new Tour(directory, stop.Token).RunAsync();
    return 0;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("interrupted");
    return 130;
}
catch (Exception e) when (e is ProgramFailedException or TimeoutException)
{
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The quickstart failed: {e.Message}"));
    return 1;
}
finally
{
    Directory.Delete(directory, recursive: true);
}

void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
