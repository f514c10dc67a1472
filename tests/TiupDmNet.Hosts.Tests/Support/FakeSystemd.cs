using TiupDmNet.TestSupport;

namespace TiupDmNet.Hosts.Tests.Support;

/// <summary>
/// This machine with a systemctl, a journalctl and a sudo of ours first in PATH, seen as another user's host. They write down how they were called; what they answer is set by files.
/// </summary>
internal sealed class FakeSystemd : IHost
{
    private readonly TempDirectory _directory = new();
    private readonly HostPool _pool = new(new HostSettings { Engine = SshEngine.None, PrivateKey = "", KnownHosts = "" }, TimeProvider.System);

    public HostAddress Address { get; private init; } = new("10.0.1.21", 22, "tidb");

    public string[] Calls => File.Exists(_directory["calls"]) ? File.ReadAllLines(_directory["calls"]) : [];

    /// <summary>For the beginning of each script.</summary>
    public string Prologue { get; set; } = "";

    public static async Task<FakeSystemd> StartAsync(string user = "tidb")
    {
        var fake = new FakeSystemd { Address = new("10.0.1.21", 22, user) };
        await fake.ProgramAsync("systemctl", """
            case " $* " in
                *" show -p NeedDaemonReload "*) cat "$here/need" 2>/dev/null || echo NeedDaemonReload=no ;;
                *" show "*) cat "$here/show" ;;
                *) [ ! -e "$here/fails" ] || { cat "$here/fails" >&2; exit 5; } ;;
            esac
            """);
        await fake.ProgramAsync("sudo", """
            [ "$1" = -n ] || { echo "sudo: I would ask" >&2; exit 1; }
            [ ! -e "$here/refuses" ] || { cat "$here/refuses" >&2; exit 1; }
            shift
            exec "$@"
            """);
        await fake.ProgramAsync("journalctl", "cat \"$here/journal\"");
        fake.Show("loaded", "inactive", "dead", 0);
        return fake;
    }

    public void Set(string name, string text) => File.WriteAllText(_directory[name], text);

    public void Show(string load, string active, string sub, int pid) =>
        Set("show", $"LoadState={load}\nActiveState={active}\nSubState={sub}\nResult=success\nMainPID={pid}\nNRestarts=0\nExecMainStatus=0\nTimeoutStopUSec=30s\n");

    public Task RemoveAsync(string program)
    {
        File.Delete(_directory[program]);
        return Task.CompletedTask;
    }

    public async Task<CommandResult> RunAsync(Script script, CancellationToken cancellation)
    {
        var here = await _pool.ConnectAsync(new HostAddress("127.0.0.1", 22, Environment.UserName), cancellation);
        return await here.RunAsync(script with { Text = $"PATH={Shell.Quote(_directory.Path)}:/usr/bin:/bin\n{Prologue}\n{script.Text}" }, cancellation);
    }

    public Task<UploadOutcome> UploadAsync(Upload upload, IProgress<long>? progress, CancellationToken cancellation) => throw new NotSupportedException();

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        _directory.Dispose();
    }

    private async Task ProgramAsync(string name, string text)
    {
        Set(name, $"#!/bin/bash\nhere={Shell.Quote(_directory.Path)}\necho \"{name} $*${{XDG_RUNTIME_DIR:+ (XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR)}}\" >> \"$here/calls\"\n{text}\n");
        await Run.ProgramAsync("chmod", ["755", _directory[name]], []);
    }
}
