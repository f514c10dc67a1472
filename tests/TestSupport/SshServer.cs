using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TiupDmNet.TestSupport;

/// <summary>A real sshd on a free loopback port, run by and for the current user, with keys of its own.</summary>
public sealed class SshServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/sshd";

    private readonly TempDirectory _directory = new();
    private readonly ConcurrentQueue<string> _log = new();
    private readonly string[] _extra;
    private Process? _process;

    private SshServer(string[] extra) => _extra = extra;

    public int Port { get; private set; }

    public string PrivateKey => _directory["id"];

    public string KnownHosts => _directory["known hosts 100%"];

    public string HostKey => _directory["host_key"];

    public TempDirectory Directory => _directory;

    /// <summary>Lets the owner of another key in instead.</summary>
    public void Authorize(string key) => File.Copy(key + ".pub", _directory["authorized_keys"], overwrite: true);

    /// <summary>Logins so far.</summary>
    public int Logins => _log.Count(l => l.StartsWith("Accepted publickey", StringComparison.Ordinal));

    public string Log => string.Join('\n', _log);

    /// <summary>False where OpenSSH's server is not installed.</summary>
    public static bool IsInstalled => File.Exists(Program);

    /// <summary>Starts a server that lets the holder of <see cref="PrivateKey"/> in.</summary>
    public static async Task<SshServer> StartAsync(params string[] extraConfiguration)
    {
        var server = new SshServer(extraConfiguration);
        await MakeKeyAsync(server.HostKey);
        await MakeKeyAsync(server.PrivateKey);
        File.Copy(server.PrivateKey + ".pub", server._directory["authorized_keys"]);
        await server.ListenAsync();
        return server;
    }

    public static async Task MakeKeyAsync(string path)
    {
        File.Delete(path);
        File.Delete(path + ".pub");
        using var keygen = Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
        await keygen.WaitForExitAsync();
        if (keygen.ExitCode != 0)
        {
            throw new InvalidOperationException($"ssh-keygen ended with {keygen.ExitCode}");
        }
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Listens, on the same port as before if there was one.</summary>
    public async Task ListenAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = Port == 0 || attempt > 1 ? FreePort() : Port;
            if (await TryListenAsync())
            {
                return;
            }

            if (attempt == 5)
            {
                throw new InvalidOperationException($"sshd does not start: {Log}");
            }
        }
    }

    /// <summary>Ends the processes that serve connections, as a reboot would.</summary>
    public void CutConnections()
    {
        foreach (var child in ChildrenOf(_process!.Id))
        {
            Kill(child);
        }
    }

    /// <summary>Freezes the processes that serve connections: to the other side, a host that has lost its power or its network.</summary>
    public Task FreezeConnectionsAsync() => Signal.SendAsync("STOP", ChildrenOf(_process!.Id));

    /// <summary>Stops listening; connections go too.</summary>
    public async Task StopAsync()
    {
        if (_process is null)
        {
            return;
        }

        var serving = ChildrenOf(_process.Id);
        _process.Kill();
        serving.ForEach(Kill);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private static List<int> ChildrenOf(int parent)
    {
        var children = new List<int>();
        foreach (var entry in System.IO.Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var id) && ParentOf(entry) == parent)
            {
                children.Add(id);
            }
        }

        return [.. children, .. children.SelectMany(ChildrenOf).Where(c => NameOf(c) == "sshd")];
    }

    private static string NameOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static int ParentOf(string entry)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(entry, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    private static void Kill(int id)
    {
        try
        {
            Process.GetProcessById(id).Kill();
        }
        catch (ArgumentException)
        {
        }
    }

    private async Task<bool> TryListenAsync()
    {
        // sshd that is started by root insists on it.
        if (Environment.UserName == "root")
        {
            System.IO.Directory.CreateDirectory("/run/sshd");
        }

        await File.WriteAllLinesAsync(_directory["sshd_config"],
        [
            .. _extra,
            $"Port {Port}",
            "ListenAddress 127.0.0.1",
            $"HostKey {HostKey}",
            $"AuthorizedKeysFile {_directory["authorized_keys"]}",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "PidFile none",
            "LogLevel VERBOSE",
        ]);
        var started = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Program, ["-D", "-e", "-f", _directory["sshd_config"]]) { RedirectStandardError = true },
            EnableRaisingEvents = true,
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                started.TrySetResult(false);
                return;
            }

            _log.Enqueue(line.Data);
            if (line.Data.StartsWith("Server listening on", StringComparison.Ordinal))
            {
                started.TrySetResult(true);
            }
        };
        _process.Start();
        _process.BeginErrorReadLine();
        return await started.Task;
    }
}
