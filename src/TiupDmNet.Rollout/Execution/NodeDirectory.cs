using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Hosts;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Survey;

namespace TiupDmNet.Rollout.Execution;

/// <summary>What a node's main process is, as systemd and /proc say.</summary>
internal sealed record NodeProcess(UnitStatus Unit, string Sha256);

/// <summary>
/// The deploy directory of one node on its host. Everything of ours is below <c>.dm-patch/</c>: <c>staged/&lt;sha256&gt;/</c> is
/// what was uploaded, unpacked and tried; <c>generations/&lt;n&gt;-&lt;sha12&gt;/</c> what was replaced, whole; <c>failed/&lt;sha12&gt;/</c> what
/// was put aside by a roll back; <c>current.json</c> what is in place. Scripts may be run twice: they look before they move.
/// </summary>
internal sealed class NodeDirectory(IHost host, SystemdScope scope, Node node, ComponentPackage package, TimeSpan limit)
{
    private readonly string _root = node.DeployDir;
    private readonly Systemd _systemd = new(host, scope);

    /// <summary>Top-level names of the package: each replaces its namesake in <c>bin/</c> as a whole, so that nothing stale stays.</summary>
    private readonly IReadOnlyList<string> _names = package.Members.Select(member => member.Path.Split('/')[0]).Distinct().ToList();

    public Systemd Systemd => _systemd;

    private string Ours => $"{_root}/.dm-patch";

    private string Staged => $"{Ours}/staged/{package.Sha256}";

    /// <summary>Where the package file is uploaded to.</summary>
    public string StagedPackage => $"{Staged}/package.tar.gz";

    private string Entry => package.CanonicalEntryPath;

    /// <summary>Unpacks the package beside <c>bin/</c> and tries the new executable there. Returns what it says about itself.</summary>
    /// <param name="packageOnHost">The uploaded package; nodes on one host share it.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<string> StageAsync(string packageOnHost, CancellationToken cancellation)
    {
        var values = await RunAsync("unpack the package and try the new binary", $$"""
            s={{Quote(Staged)}} e={{Quote(Entry)}} want={{package.Executable.Sha256}}
            if [ "$(sha "$s/tree/$e")" != "$want" ]; then
                rm -rf "$s/tree" "$s/tree.part"
                mkdir -p "$s/tree.part"
                tar --no-same-owner -xzf {{Quote(packageOnHost)}} -C "$s/tree.part" || { rm -rf "$s/tree.part"; exit 1; }
                [ "$(sha "$s/tree.part/$e")" = "$want" ] || { echo "the unpacked $e is not what was packed" >&2; exit 1; }
                sync -f "$s/tree.part"
                mv -T "$s/tree.part" "$s/tree"
            fi
            out=$(timeout 10 "$s/tree/$e" {{VersionFlag}} 2>&1); rc=$?
            emit rc "$rc"; emit version "$out"
            """, cancellation).ConfigureAwait(false);
        if (values["rc"] != "0")
        {
            throw new RolloutException($"{node.Id}: the new {node.Component} does not run on {host.Address.Host}: `{node.Component} {VersionFlag}` ended with exit code {values["rc"]}: {KeyedOutput.FirstLine(values["version"], "no output")}");
        }

        return values["version"];
    }

    /// <summary>Makes <c>bin.old.&lt;version&gt;</c> as TiUP does, if it is absent (pingcap/tiup pkg/cluster/task/backup_component.go:47).</summary>
    public Task BackupAsync(string clusterVersion, CancellationToken cancellation) => RunAsync("back up bin", $$"""
        old={{Quote($"{_root}/bin.old.{clusterVersion}")}}
        if [ ! -d "$old" ] && [ -d {{Quote($"{_root}/bin")}} ]; then
            rm -rf "$old.part"
            cp -a --reflink=auto {{Quote($"{_root}/bin")}} "$old.part" || { rm -rf "$old.part"; exit 1; }
            mv -T "$old.part" "$old"
        fi
        """, cancellation);

    /// <summary>Puts the staged files in place and the old ones into <paramref name="generation"/>; two renames for each name.</summary>
    public Task SwapAsync(string generation, JObject record, CancellationToken cancellation) => RunAsync("replace the files", $$"""
        set -e
        bin={{Quote($"{_root}/bin")}} tree={{Quote($"{Staged}/tree")}} old={{Quote($"{Ours}/generations/{generation}")}}
        mkdir -p "$bin" "$old"
        for name in {{QuotedNames}}; do
            # An interrupted run may have put it in place already.
            [ "$(sha "$bin/"{{Quote(Entry)}})" != {{package.Executable.Sha256}} ] || break
            [ -e "$tree/$name" ] || continue
            if [ -e "$bin/$name" ]; then
                [ ! -e "$old/$name" ] || { echo "$old/$name is there already" >&2; exit 1; }
                mv -T "$bin/$name" "$old/$name"
            fi
            mv -T "$tree/$name" "$bin/$name"
        done
        [ "$(sha "$bin/"{{Quote(Entry)}})" = {{package.Executable.Sha256}} ] || { echo "$bin does not hold the new build" >&2; exit 1; }
        printf '%s\n' {{Quote(record.ToString(Formatting.None))}} >{{Quote($"{Ours}/current.json")}}.part
        mv -T {{Quote($"{Ours}/current.json")}}.part {{Quote($"{Ours}/current.json")}}
        sync -f "$bin"
        """, cancellation);

    /// <summary>Puts the files of <paramref name="generation"/> back; what they replace is kept under <c>failed/</c> for study.</summary>
    public Task RestoreAsync(string generation, CancellationToken cancellation) => RunAsync("put the old files back", $$"""
        set -e
        bin={{Quote($"{_root}/bin")}} old={{Quote($"{Ours}/generations/{generation}")}} failed={{Quote($"{Ours}/failed/{package.Executable.Sha256[..12]}")}}
        for name in {{QuotedNames}}; do
            [ -e "$old/$name" ] || continue
            if [ -e "$bin/$name" ]; then
                mkdir -p "$failed"; rm -rf "$failed/$name"
                mv -T "$bin/$name" "$failed/$name"
            fi
            mv -T "$old/$name" "$bin/$name"
        done
        rmdir "$old" 2>/dev/null || true
        rm -f {{Quote($"{Ours}/current.json")}}
        sync -f "$bin"
        """, cancellation);

    /// <summary>Removes what was staged; the node has it in place now.</summary>
    public Task CleanAsync(CancellationToken cancellation) => RunAsync("remove the staged package", $$"""
        rm -rf {{Quote(Staged)}}
        rmdir {{Quote($"{Ours}/staged")}} 2>/dev/null || true
        """, cancellation);

    /// <summary>The unit, and the hash of the executable that its main process runs.</summary>
    public async Task<NodeProcess> LookAsync(CancellationToken cancellation)
    {
        var values = await RunAsync($"look at {node.UnitName}", $$"""
            out=$({{_systemd.Query}} show -p {{UnitStatus.Properties}} -- {{Quote(node.UnitName)}})
            emit unit "$out"
            pid=$(printf '%s\n' "$out" | sed -n 's/^MainPID=//p')
            if [ "${pid:-0}" -gt 0 ] 2>/dev/null; then emit running "$(sha "/proc/$pid/exe")"; else emit running ""; fi
            """, cancellation).ConfigureAwait(false);
        return new NodeProcess(UnitStatus.Parse(values["unit"]), values["running"]);
    }

    /// <summary>The hash of the executable in place, "" when there is none.</summary>
    public async Task<string> DiskSha256Async(CancellationToken cancellation) =>
        (await RunAsync("hash the binary", $"""emit disk "$(sha {Quote($"{_root}/bin/{Entry}")})" """, cancellation).ConfigureAwait(false))["disk"];

    /// <summary>What the node last said before it ended: its stderr, stdout and log, then systemd's journal. For messages; never fails.</summary>
    public async Task<string> LastWordsAsync(CancellationToken cancellation)
    {
        try
        {
            var logs = $"{node.LogDir}/{node.Component}";
            var values = await RunAsync("read the node's last words", $$"""
                emit err "$(tail -n 5 {{Quote(logs + "_stderr.log")}} 2>/dev/null)"
                emit out "$(tail -n 5 {{Quote(logs + "_stdout.log")}} 2>/dev/null)"
                emit log "$(tail -n 50 {{Quote(logs + ".log")}} 2>/dev/null | grep -E '\[(ERROR|FATAL)\]' | tail -n 3)"
                """, cancellation).ConfigureAwait(false);
            var journal = await _systemd.JournalAsync(node.UnitName, 5, cancellation).ConfigureAwait(false);
            return string.Join('\n', new[] { values["err"], values["out"], values["log"], journal }.Where(text => text.Trim().Length > 0).Select(text => text.TrimEnd()));
        }
        catch (HostException)
        {
            return "";
        }
    }

    /// <summary>Name for what is about to be replaced: the next number and the beginning of its hash.</summary>
    public static string NextGeneration(string last, string sha256)
    {
        var number = int.TryParse(last.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        return $"{number + 1}-{(sha256.Length >= 12 ? sha256[..12] : "none")}";
    }

    private string VersionFlag => node.Component switch
    {
        "dm-master" or "dm-worker" => "-V",
        "grafana" => "-v",
        _ => "--version",
    };

    private string QuotedNames => string.Join(' ', _names.Select(Quote));

    private static string Quote(string value) => Shell.Quote(value);

    private async Task<IReadOnlyDictionary<string, string>> RunAsync(string purpose, string text, CancellationToken cancellation)
    {
        var script = new Script($"{KeyedOutput.Functions}\n{text}", $"{purpose} ({node.Id})", limit);
        var result = await host.RunAsync(script, cancellation).ConfigureAwait(false);
        if (result.ExitCode == 0)
        {
            return KeyedOutput.Parse(result.Output);
        }

        var failure = result.Error.Contains("No space left on device", StringComparison.Ordinal) ? HostFailure.DiskFull : HostFailure.Command;
        throw new HostException(failure, host.Address.Host, $"{node.Id}: could not {purpose}: {KeyedOutput.FirstLine(result.Error, $"exit code {result.ExitCode}")}");
    }
}
