using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DmDouble.Systemctl;

/// <summary>Runs the process of one unit and starts it again when it ends, until it is told to stop by SIGTERM.</summary>
internal sealed class Supervisor(UnitFile unit, string stateFile)
{
    private static readonly int s_own = Environment.ProcessId;
    private readonly long _ownStart = UnitState.StartOf(s_own);

    public async Task RunAsync()
    {
        using var stop = new CancellationTokenSource();
        using var onTerm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        using var onHangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        for (var restarts = 0; ; restarts++)
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", unit.Command]) { WorkingDirectory = "/" })!;
            Save("active", "running", "success", process.Id, restarts, 0);
            try
            {
                await process.WaitForExitAsync(stop.Token);
            }
            catch (OperationCanceledException)
            {
                await StopAsync(process, restarts);
                return;
            }

            var result = process.ExitCode == 0 ? "success" : process.ExitCode > 128 ? "signal" : "exit-code";
            if (!unit.RestartAlways)
            {
                new UnitState(result == "success" ? "inactive" : "failed", result == "success" ? "dead" : "failed", result, 0, restarts, process.ExitCode, 0, 0).Save(stateFile);
                return;
            }

            Save("activating", "auto-restart", result, 0, restarts, process.ExitCode);
            try
            {
                await Task.Delay(unit.RestartDelay, stop.Token);
            }
            catch (OperationCanceledException)
            {
                UnitState.Dead.Save(stateFile);
                return;
            }
        }
    }

    private async Task StopAsync(Process process, int restarts)
    {
        Save("deactivating", "stop-sigterm", "success", process.Id, restarts, 0);
        _ = Native.kill(process.Id, Native.Terminate);
        using var limit = new CancellationTokenSource(unit.StopLimit);
        var result = "success";
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            result = "timeout";
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        (result == "success" ? UnitState.Dead with { ExecMainStatus = process.ExitCode } : UnitState.Dead with { ActiveState = "failed", SubState = "failed", Result = result }).Save(stateFile);
    }

    private void Save(string active, string sub, string result, int pid, int restarts, int status) =>
        new UnitState(active, sub, result, pid, restarts, status, s_own, _ownStart).Save(stateFile);
}

internal static class Native
{
    public const int Terminate = 15;

#pragma warning disable IDE1006, CA2101, SYSLIB1054 // The C library's name.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int kill(int pid, int signal);
#pragma warning restore IDE1006, CA2101, SYSLIB1054
}
