using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace DmDouble.Systemctl;

/// <summary>
/// Keeps one unit: starts it, restarts it, stops it. A process of its own that lives as long as the unit is wanted; when it is killed, the kernel
/// kills the main process too (<c>PR_SET_PDEATHSIG</c>), so nothing is left behind.
/// </summary>
internal sealed class Supervisor(UnitStore store, string unit) : IDisposable
{
    public const string Verb = "--dm-double-supervise";
    private const int StartLimitBurst = 5;
    private static readonly TimeSpan StartLimitInterval = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _stop = new();
    private UnitState _state = new();

    /// <summary>
    /// Runs on the main thread all the time: the death signal of a child comes when the <em>thread</em> that forked it ends.
    /// </summary>
    public int Run()
    {
        _ = Native.setsid();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _stop.Set();
        });
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);

        var starts = new Queue<DateTime>();
        Save(_state with { Supervisor = Environment.ProcessId, ActiveState = "activating", SubState = "start" });
        while (true)
        {
            var file = store.Load(unit);
            if (file is null || file.ExecStart.Count == 0)
            {
                return Finish("failed", "resources");
            }

            starts.Enqueue(DateTime.UtcNow);
            while (starts.TryPeek(out var first) && DateTime.UtcNow - first > StartLimitInterval)
            {
                starts.Dequeue();
            }

            if (starts.Count > StartLimitBurst)
            {
                return Finish("failed", _state.Result == "success" ? "start-limit-hit" : _state.Result);
            }

            var exit = RunOnce(file);
            Save(_state with { MainPid = 0, ExecMainCode = exit.Code, ExecMainStatus = exit.Status, Result = exit.TimedOut ? "timeout" : exit.IsClean ? "success" : exit.Code == 1 ? "exit-code" : "signal" });
            if (_stop.IsSet)
            {
                return exit.IsClean && !exit.TimedOut ? Finish("inactive", "success") : Finish("failed", _state.Result);
            }

            if (!file.Restarts(exit.IsClean))
            {
                return Finish(exit.IsClean ? "inactive" : "failed", _state.Result);
            }

            Save(_state with { ActiveState = "activating", SubState = "auto-restart" });
            if (_stop.Wait(file.RestartSec))
            {
                return Finish("inactive", "success");
            }

            Save(_state with { Restarts = _state.Restarts + 1 });
        }
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Starts a supervisor that does not hold on to the terminal or the pipes of whoever asked for it.</summary>
    public static void Launch(UnitStore store, string unit)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; \"$@\" </dev/null >>\"$log\" 2>&1 &");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(store.LogOf(unit));
        start.ArgumentList.Add(Environment.ProcessPath!);
        start.ArgumentList.Add(Verb);
        start.ArgumentList.Add(unit);
        start.Environment["DM_DOUBLE_UNITS"] = store.Units;
        start.Environment["DM_DOUBLE_RUN"] = store.Run;
        using var shell = Process.Start(start)!;
        shell.WaitForExit();
    }

    private Exit RunOnce(UnitFile file)
    {
        Process process;
        try
        {
            process = Process.Start(StartInfo(file))!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Console.Error.WriteLine(e.Message);
            return new Exit(1, 203, false);
        }

        using (process)
        {
            Save(_state with
            {
                ActiveState = "active",
                SubState = "running",
                MainPid = process.Id,
                ExecMainPid = process.Id,
                ExecMainCode = 0,
                ExecMainStatus = 0,
                InvocationId = Guid.NewGuid().ToString("N"),
            });
            using var exited = new ManualResetEventSlim();
            process.EnableRaisingEvents = true;
            process.Exited += (_, _) => exited.Set();
            var timedOut = false;
            if (WaitHandle.WaitAny([exited.WaitHandle, _stop.WaitHandle]) == 1)
            {
                Save(_state with { ActiveState = "deactivating", SubState = "stop-sigterm" });
                Signal(process.Id, Native.Terminate);
                if (!exited.Wait(file.TimeoutStop))
                {
                    timedOut = true;
                    Save(_state with { SubState = "stop-sigkill" });
                    Signal(process.Id, Native.Kill);
                }
            }

            process.WaitForExit();
            exited.Wait();
            // What the main process may have left running in its session.
            Signal(process.Id, Native.Kill);
            // .NET folds a signal into 128 + its number.
            return process.ExitCode is > 128 and < 160 and var code ? new Exit(2, code - 128, timedOut) : new Exit(1, process.ExitCode, timedOut);
        }
    }

    private ProcessStartInfo StartInfo(UnitFile file)
    {
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, WorkingDirectory = file.WorkingDirectory ?? "/" };
        foreach (var word in (IEnumerable<string>)["setpriv", "--pdeathsig", "KILL", .. file.ExecStart])
        {
            start.ArgumentList.Add(word);
        }

        foreach (var name in start.Environment.Keys.Where(k => !IsInherited(k)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var pair in file.Environment.Select(e => e.Split('=', 2)))
        {
            start.Environment[pair[0]] = pair[^1];
        }

        start.Environment["INVOCATION_ID"] = _state.InvocationId;
        return start;
    }

    private static bool IsInherited(string variable) =>
        variable is "PATH" or "HOME" or "USER" or "LOGNAME" or "SHELL" or "LANG" or "TMPDIR" || variable.StartsWith("DOTNET_", StringComparison.Ordinal);

    private int Finish(string active, string result)
    {
        Save(_state with { ActiveState = active, SubState = active == "inactive" ? "dead" : "failed", Result = result, MainPid = 0, Supervisor = 0 });
        return 0;
    }

    private void Save(UnitState state)
    {
        _state = state;
        store.Save(unit, state);
    }

    /// <summary>To the whole session of the main process, as systemd signals the whole control group.</summary>
    private static void Signal(int pid, int signal) => _ = Native.kill(-pid, signal);

    /// <param name="Code">1 exited, 2 killed: <c>CLD_EXITED</c>, <c>CLD_KILLED</c>.</param>
    private sealed record Exit(int Code, int Status, bool TimedOut)
    {
        public bool IsClean => Code == 1 ? Status == 0 : Status is 1 or 2 or 13 or Native.Terminate;
    }
}
