using System.Formats.Tar;

namespace TiupDmNet.Lab.Tests.Hosts;

/// <summary>A file, or with null content a directory, to be put on a host.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="OwnedByTidb">Owner tidb:tidb, as all that TiUP deploys; else root.</param>
public sealed record HostFile(string Path, byte[]? Content, UnixFileMode Mode, bool OwnedByTidb = true)
{
    /// <summary>rw-r--r--</summary>
    public const UnixFileMode Plain =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>rwxr-xr-x</summary>
    public const UnixFileMode Executable =
        Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}

/// <summary>One real host: systemd, sshd, an address of its own. The test holds its power switch and its network cable.</summary>
public sealed class LabHost
{
    private const int Root = 0;
    private const int Tidb = 1000;

    private readonly HostLab _lab;

    internal LabHost(HostLab lab, int number, string address)
    {
        _lab = lab;
        Number = number;
        Address = address;
    }

    /// <summary>An IPv4 address that this machine reaches and the other hosts of the lab.</summary>
    public string Address { get; }

    internal int Number { get; }

    public override string ToString() => Address;

    /// <summary>Runs a bash command line as root, past the network; returns its output, or throws when it fails.</summary>
    public async Task<string> ExecAsync(string command, CancellationToken cancellationToken, Func<Stream, Task>? input = null)
    {
        var result = await TryAsync(command, cancellationToken, input);
        return result.ExitCode == 0 ? result.Output : throw new LabException($"{Address}: {command}: {result}");
    }

    /// <summary>Runs a bash command line as root, past the network.</summary>
    public Task<CommandResult> TryAsync(string command, CancellationToken cancellationToken, Func<Stream, Task>? input = null) =>
        _lab.TryAsync("exec", Number, [command], input, cancellationToken);

    /// <summary>Puts files on the host in one go.</summary>
    public Task WriteAsync(IEnumerable<HostFile> files, CancellationToken cancellationToken) =>
        ExecAsync("tar -x --numeric-owner -p -C /", cancellationToken, stream => WriteTarAsync(stream, files, cancellationToken));

    /// <summary>Pulls the network cable.</summary>
    public Task CutAsync(CancellationToken cancellationToken) => SwitchAsync("cut", cancellationToken);

    /// <summary>Puts the network cable back.</summary>
    public Task HealAsync(CancellationToken cancellationToken) => SwitchAsync("heal", cancellationToken);

    /// <summary>Pulls the power plug: no process ends in order, peers hear nothing.</summary>
    public Task KillAsync(CancellationToken cancellationToken) => SwitchAsync("kill", cancellationToken);

    /// <summary>Power on again, with the disk that the host had; returns when it is up.</summary>
    public Task BootAsync(CancellationToken cancellationToken) => SwitchAsync("boot", cancellationToken);

    /// <summary>Mounts a small disk of its own at <paramref name="path"/>.</summary>
    public Task MountSmallDiskAsync(string path, int megabytes, CancellationToken cancellationToken) =>
        ExecAsync($"mkdir -p {path} && mount -t tmpfs -o size={megabytes}m tmpfs {path}", cancellationToken);

    /// <summary>Leaves <paramref name="kilobytes"/> free on the disk of <paramref name="path"/>.</summary>
    public Task FillDiskAsync(string path, int kilobytes, CancellationToken cancellationToken) =>
        ExecAsync(
            $"free=$(df --output=avail -k {path} | tail -n1) && fallocate -l $(( free - {kilobytes} ))K {path}/ballast",
            cancellationToken);

    private async Task SwitchAsync(string verb, CancellationToken cancellationToken)
    {
        var result = await _lab.TryAsync(verb, Number, [], null, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new LabException($"{verb} {Address}: {result.Error.Trim()}");
        }
    }

    private static async Task WriteTarAsync(Stream stream, IEnumerable<HostFile> files, CancellationToken cancellationToken)
    {
        await using var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var file in files)
        {
            var owner = file.OwnedByTidb ? Tidb : Root;
            var entry = new PaxTarEntry(file.Content is null ? TarEntryType.Directory : TarEntryType.RegularFile, file.Path.TrimStart('/'))
            {
                Mode = file.Mode,
                Uid = owner,
                Gid = owner,
            };
            if (file.Content is not null)
            {
                entry.DataStream = new MemoryStream(file.Content, writable: false);
            }

            await tar.WriteEntryAsync(entry, cancellationToken);
        }
    }
}

/// <summary>The hosts of one test.</summary>
public sealed class HostGroup : IAsyncDisposable
{
    private readonly HostLab _lab;

    internal HostGroup(HostLab lab, IReadOnlyList<LabHost> hosts)
    {
        _lab = lab;
        Hosts = hosts;
    }

    public IReadOnlyList<LabHost> Hosts { get; }

    public async ValueTask DisposeAsync() => await _lab.DropAsync(Hosts.Select(host => host.Number));
}
