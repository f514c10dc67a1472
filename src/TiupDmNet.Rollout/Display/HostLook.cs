using System.Globalization;
using System.Text;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Hosts;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Survey;

namespace TiupDmNet.Rollout.Display;

/// <summary>What a host showed of one node.</summary>
internal sealed record HostSight(TimeSpan? Uptime, NodeBuild? Build);

/// <summary>Asks a host in one round trip which builds its nodes have, on disk and in memory, and since when they run.</summary>
internal sealed class HostLook(ClusterHosts hosts, bool builds, TimeSpan limit, TimeProvider time)
{
    /// <returns>What was seen of each node, and why nothing was seen if nothing was.</returns>
    public async Task<(IEnumerable<(Node Node, HostSight Sight)> Seen, string Remark)> AskAsync(HostAddress address, IReadOnlyList<Node> nodes, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            var host = await hosts.ConnectAsync(address, either.Token).ConfigureAwait(false);
            var systemd = new Systemd(host, hosts.Scope);
            var result = await host.RunAsync(new Script(Text(systemd.Query, nodes), $"look at {string.Join(", ", nodes.Select(node => node.Id))}", limit), either.Token).ConfigureAwait(false);
            var values = KeyedOutput.Parse(result.Output);
            return values.ContainsKey("end")
                ? (nodes.Select((node, index) => (node, Read(values, index))), "")
                : Nothing($"{address}: {KeyedOutput.FirstLine(result.Error, $"exit code {result.ExitCode}")}");
        }
        catch (HostException e)
        {
            return Nothing(e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Nothing(string.Create(CultureInfo.InvariantCulture, $"{address} did not answer within {limit.TotalSeconds:0.#} s"));
        }
    }

    private static (IEnumerable<(Node, HostSight)>, string) Nothing(string remark) => ([], remark);

    private HostSight Read(IReadOnlyDictionary<string, string> values, int index)
    {
        var uptime = long.TryParse(values[$"{index}.seconds"].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        return new HostSight(uptime, builds ? new NodeBuild(values[$"{index}.disk"], values[$"{index}.running"], BuildInfo.Parse(values[$"{index}.version"])) : null);
    }

    private string Text(string systemctl, IReadOnlyList<Node> nodes)
    {
        var text = new StringBuilder();
        text.AppendLine(KeyedOutput.Functions);
        text.AppendLine($$"""
            builds={{(builds ? "yes" : "no")}}
            # Field 22 of stat is the start in hundredths of a second since boot; the name before it, in brackets, may hold anything. (proc(5))
            since() {
                local now rest
                read -r now rest < /proc/uptime && rest=$(cat "/proc/$1/stat" 2>/dev/null) || return
                set -- ${rest##*) }
                echo $(( ${now%.*} - ${20} / 100 ))
            }
            look() {
                i=$1 file=$2 unit=$3 tells=$4
                pid=$({{systemctl}} show -p MainPID -- "$unit" 2>/dev/null | sed -n 's/^MainPID=//p')
                seconds= disk= running= version=
                if [ "${pid:-0}" -gt 0 ] 2>/dev/null; then seconds=$(since "$pid"); fi
                if [ $builds = yes ]; then
                    disk=$(sha "$file")
                    if [ "${pid:-0}" -gt 0 ] 2>/dev/null; then running=$(sha "/proc/$pid/exe"); fi
                    if [ $tells = yes ]; then version=$(timeout 5 "$file" -V 2>&1); fi
                fi
                emit "$i.seconds" "$seconds"; emit "$i.disk" "$disk"; emit "$i.running" "$running"; emit "$i.version" "$version"
            }
            """);
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            var tells = node.Component is "dm-master" or "dm-worker" ? "yes" : "no";
            text.AppendLine(CultureInfo.InvariantCulture, $"look {i} {Shell.Quote($"{node.DeployDir}/bin/{Components.CanonicalEntry(node.Component)}")} {Shell.Quote(node.UnitName)} {tells}");
        }

        return text.AppendLine("emit end yes").ToString();
    }
}
