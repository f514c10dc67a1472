using System.Globalization;
using System.Text;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Hosts;
using TiupDmNet.Packages;

namespace TiupDmNet.Rollout.Survey;

/// <summary>What a host said about itself.</summary>
/// <param name="Address">Which.</param>
/// <param name="Architecture">amd64, arm64, or uname's word.</param>
/// <param name="MissingTools">Programs that a patch needs and the host lacks.</param>
/// <param name="HasInterpreter">False when the new executable's dynamic loader is not there.</param>
/// <param name="Nodes">What it said about the nodes on it.</param>
internal sealed record HostFacts(HostAddress Address, string Architecture, IReadOnlyList<string> MissingTools, bool HasInterpreter, IReadOnlyList<NodeFacts> Nodes);

/// <summary>What a host said about one node.</summary>
internal sealed record NodeFacts
{
    public required Node Node { get; init; }

    /// <summary>Null when systemd could not be asked; <see cref="UnitProblem"/> says why.</summary>
    public required UnitStatus? Unit { get; init; }

    public required string UnitProblem { get; init; }

    /// <summary>Why sudo does not let the service be stopped and started, "" when it does or is not needed.</summary>
    public required string SudoProblem { get; init; }

    /// <summary>Of the executable on disk, "" when there is none.</summary>
    public required string DiskSha256 { get; init; }

    /// <summary>Of the executable that the main process runs, "" when none runs.</summary>
    public required string RunningSha256 { get; init; }

    public required BuildInfo? Build { get; init; }

    /// <summary>Why nothing can be written beside the deploy directory, "" when it can.</summary>
    public required string WriteProblem { get; init; }

    /// <summary>Bytes free for the deploy user where the deploy directory is.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>Where the file system of the deploy directory is mounted: nodes that share it share its space.</summary>
    public required string Mount { get; init; }

    /// <summary>Bytes in <c>bin/</c>, which a first backup copies.</summary>
    public required long BinBytes { get; init; }

    /// <summary>True when <c>bin.old.&lt;version&gt;</c> is there.</summary>
    public required bool HasBackup { get; init; }

    /// <summary>Newest name below <c>.dm-patch/generations</c>, "" when there is none.</summary>
    public required string LastGeneration { get; init; }

    /// <summary>Of the executable that lies in the newest generation, "" when none does.</summary>
    public required string LastGenerationSha256 { get; init; }
}

/// <summary>Asks a host in one round trip for all that decides whether and how its nodes can be patched.</summary>
internal sealed class HostSurvey(IHost host, SystemdScope scope, ComponentPackage package, string clusterVersion)
{
    private static readonly string[] Tools = ["tar", "gzip", "sha256sum", "base64", "df", "du", "timeout", "mv", "sync"];

    public async Task<HostFacts> RunAsync(IReadOnlyList<Node> nodes, CancellationToken cancellation)
    {
        var script = new Script(Text(nodes), $"look at {string.Join(", ", nodes.Select(node => node.Id))}", TimeSpan.FromSeconds(60 + 15 * nodes.Count));
        var result = await host.RunAsync(script, cancellation).ConfigureAwait(false);
        var values = KeyedOutput.Parse(result.Output);
        if (result.ExitCode != 0 || !values.ContainsKey("end"))
        {
            throw new HostException(HostFailure.Command, host.Address.Host, $"{host.Address}: could not look at the host: {KeyedOutput.FirstLine(result.Error, $"exit code {result.ExitCode}")}");
        }

        return new HostFacts(
            host.Address,
            Architecture(values["machine"]),
            values["missing"].Split(' ', StringSplitOptions.RemoveEmptyEntries),
            values["interpreter"] == "yes",
            nodes.Select((node, index) => Facts(node, key => values[$"{index}.{key}"])).ToList());
    }

    private static string Architecture(string machine) => machine switch
    {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        _ => machine,
    };

    private static NodeFacts Facts(Node node, Func<string, string> value)
    {
        var unit = value("unitrc") == "0" ? UnitStatus.Parse(value("unit")) : null;
        return new NodeFacts
        {
            Node = node,
            Unit = unit,
            UnitProblem = unit is null ? KeyedOutput.FirstLine(value("unit"), "no answer") : "",
            SudoProblem = value("mayrc") == "0" ? "" : KeyedOutput.FirstLine(value("may"), "the command is not allowed"),
            DiskSha256 = value("disk"),
            RunningSha256 = value("running"),
            Build = BuildInfo.Parse(value("version")),
            WriteProblem = KeyedOutput.FirstLine(value("write"), ""),
            FreeBytes = Number(value("free")),
            Mount = value("mount"),
            BinBytes = Number(value("binbytes")),
            HasBackup = value("backup") == "yes",
            LastGeneration = value("generation"),
            LastGenerationSha256 = value("generationsha"),
        };
    }

    private static long Number(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private string Text(IReadOnlyList<Node> nodes)
    {
        var systemd = new Systemd(host, scope);
        // Asked without doing it: `sudo -l` says whether the command would be let through.
        var mayStop = systemd.Command.StartsWith("sudo ", StringComparison.Ordinal) ? "sudo -n -l systemctl stop \"$unit\" 2>&1 >/dev/null" : "true";
        var text = new StringBuilder();
        text.AppendLine(KeyedOutput.Functions);
        text.AppendLine($$"""
            emit machine "$(uname -m)"
            missing=
            for tool in {{string.Join(' ', Tools)}}; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
            emit missing "$missing"
            interpreter={{Shell.Quote(package.Executable.Interpreter ?? "")}}
            if [ -z "$interpreter" ] || [ -e "$interpreter" ]; then emit interpreter yes; else emit interpreter no; fi
            look() {
                i=$1 d=$2 unit=$3 entry=$4
                out=$({{systemd.Query}} show -p {{UnitStatus.Properties}} -- "$unit" 2>&1); rc=$?
                emit "$i.unitrc" "$rc"; emit "$i.unit" "$out"
                pid=$(printf '%s\n' "$out" | sed -n 's/^MainPID=//p')
                emit "$i.disk" "$(sha "$d/bin/$entry")"
                if [ "${pid:-0}" -gt 0 ] 2>/dev/null; then emit "$i.running" "$(sha "/proc/$pid/exe")"; else emit "$i.running" ""; fi
                emit "$i.version" "$(timeout 10 "$d/bin/$entry" -V 2>&1)"
                out=$({{mayStop}}); emit "$i.mayrc" "$?"; emit "$i.may" "$out"
                emit "$i.write" "$( { mkdir -p "$d/.dm-patch" && : >"$d/.dm-patch/.probe" && rm "$d/.dm-patch/.probe" && [ -w "$d/bin" ] || echo "$d/bin is not writable for $(id -un)"; } 2>&1)"
                emit "$i.free" "$(df -B1 --output=avail "$d" 2>/dev/null | tail -n 1)"
                emit "$i.mount" "$(df --output=target "$d" 2>/dev/null | tail -n 1)"
                emit "$i.binbytes" "$(du -sb "$d/bin" 2>/dev/null | cut -f1)"
                if [ -d "$d"/bin.old.{{Shell.Quote(clusterVersion)}} ]; then emit "$i.backup" yes; else emit "$i.backup" no; fi
                last=$(ls "$d/.dm-patch/generations" 2>/dev/null | sort -n | tail -n 1)
                emit "$i.generation" "$last"; emit "$i.generationsha" "$(sha "$d/.dm-patch/generations/$last/$entry")"
            }
            """);
        for (var i = 0; i < nodes.Count; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"look {i} {Shell.Quote(nodes[i].DeployDir)} {Shell.Quote(nodes[i].UnitName)} {Shell.Quote(package.CanonicalEntryPath)}");
        }

        return text.AppendLine("emit end yes").ToString();
    }
}
