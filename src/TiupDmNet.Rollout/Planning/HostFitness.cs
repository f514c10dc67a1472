using System.Globalization;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Survey;

namespace TiupDmNet.Rollout.Planning;

/// <summary>Whether hosts and nodes are fit for this package. Pure.</summary>
internal sealed class HostFitness(ComponentPackage package, string user, bool offline)
{
    /// <summary>Left free beside what the patch itself needs.</summary>
    private const long Margin = 16L << 20;

    /// <summary>Everything that stands against it, one sentence each.</summary>
    public IReadOnlyList<string> Problems(IReadOnlyList<HostFacts> hosts) =>
        hosts.SelectMany(host => OfHost(host).Concat(host.Nodes.SelectMany(OfNode)).Concat(OfSpace(host))).ToList();

    private IEnumerable<string> OfHost(HostFacts host)
    {
        var name = host.Address.Host;
        if (host.Architecture != package.Executable.Architecture)
        {
            yield return $"{name} is {host.Architecture}, but the {package.Component} in {package.Path} is built for {package.Executable.Architecture}; patch its nodes ({string.Join(", ", host.Nodes.Select(node => node.Node.Id))}) with a {host.Architecture} package, and select the others with -N";
        }
        else if (!host.HasInterpreter)
        {
            yield return $"{name} has no {package.Executable.Interpreter}, which the new {package.Component} needs to start (is it built for another distribution?)";
        }

        if (host.MissingTools.Count > 0)
        {
            yield return $"{name} lacks {string.Join(", ", host.MissingTools)}; install {(host.MissingTools.Count == 1 ? "it" : "them")} there";
        }
    }

    private IEnumerable<string> OfNode(NodeFacts node)
    {
        var id = node.Node.Id;
        if (node.Unit is null)
        {
            yield return $"{id}: systemd on {node.Node.ManageHost} cannot be asked about {node.Node.UnitName}: {node.UnitProblem}";
        }
        else if (!node.Unit.IsLoaded)
        {
            yield return $"{id}: there is no unit {node.Node.UnitName} on {node.Node.ManageHost} (systemd says {node.Unit.LoadState})";
        }
        else if (offline && !node.Unit.IsStopped)
        {
            yield return $"{id} is running ({node.Unit.ActiveState}); --offline is for stopped nodes: stop it, or leave --offline away to patch it without an outage";
        }

        if (!offline && node.SudoProblem.Length > 0)
        {
            yield return $"{id}: sudo on {node.Node.ManageHost} does not let {node.Node.UnitName} be stopped without a password ({node.SudoProblem}); allow it with a line in /etc/sudoers.d: {user} ALL=(root) NOPASSWD: /usr/bin/systemctl";
        }

        if (node.WriteProblem.Length > 0)
        {
            yield return $"{id}: cannot write to {node.Node.DeployDir} on {node.Node.ManageHost}: {node.WriteProblem}";
        }
    }

    // Nodes that share a file system share its space; the package itself is there once.
    private IEnumerable<string> OfSpace(HostFacts host)
    {
        foreach (var mount in host.Nodes.Where(node => node.WriteProblem.Length == 0).GroupBy(node => node.Mount))
        {
            var need = package.Size + Margin + mount.Sum(node => package.UnpackedSize + (node.HasBackup ? 0 : node.BinBytes));
            var free = mount.Min(node => node.FreeBytes);
            if (free < need)
            {
                yield return $"{host.Address.Host} has {Megabytes(free)} free on {mount.Key}, but {string.Join(", ", mount.Select(node => node.Node.Id))} need {Megabytes(need)} for staging and backup";
            }
        }
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
