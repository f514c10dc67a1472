using System.Globalization;
using System.Security.Cryptography;
using TiupDmNet.Hosts;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Benchmarks;

/// <summary>Uploading 200 MB over an open connection against <c>scp</c>, which checks nothing on the far side.</summary>
internal static class UploadBenchmark
{
    private const int Size = 200 << 20;

    // As distributions configure it: a program, started by the login shell, whose start-up files take their time as they do for a command of ours.
    private static readonly string[] SftpServers = ["/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server"];

    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        if (!SshServer.IsInstalled)
        {
            return [Row.NotMeasured("upload 200 MB", "sshd is not installed")];
        }

        using var directory = new TempDirectory();
        await using var server = await SshServer.StartAsync("Subsystem sftp " + (SftpServers.FirstOrDefault(File.Exists) ?? "internal-sftp"));
        var content = RandomNumberGenerator.GetBytes(Size);
        var file = directory["package.tar.gz"];
        await File.WriteAllBytesAsync(file, content);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        await using var pool = new HostPool(
            new HostSettings { Engine = SshEngine.OpenSsh, PrivateKey = server.PrivateKey, KnownHosts = server.KnownHosts, SocketParent = server.Directory.Path },
            TimeProvider.System);
        var host = await pool.ConnectAsync(new HostAddress("127.0.0.1", server.Port, Environment.UserName), CancellationToken.None);
        var (ours, theirs) = (directory["ours"], directory["theirs"]);
        string[] scp =
        [
            "-q", "-i", server.PrivateKey, "-P", server.Port.ToString(CultureInfo.InvariantCulture), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new",
            "-o", $"UserKnownHostsFile=\"{directory["known_hosts"]}\"", file, $"{Environment.UserName}@127.0.0.1:{theirs}",
        ];
        var medians = await Measure.InterleavedAsync(
            5,
            () => UploadAsync(host, new Upload(file, ours, sha256, Size)),
            () => Measure.RunAsync("scp", scp));
        return [new Row("upload 200 MB, sha256 checked there", medians[0], "scp", medians[1], 0.8, "theirs connects anew and checks nothing")];
    }

    private static async Task UploadAsync(IHost host, Upload upload)
    {
        File.Delete(upload.RemotePath);
        await host.UploadAsync(upload, null, CancellationToken.None);
    }
}
