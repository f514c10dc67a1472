using TiupDmNet.Clusters;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Packages;

namespace TiupDmNet.Rollout;

/// <summary>Turns whatever the operator named into a package that TiUP could install as well.</summary>
internal static class PackagePreparation
{
    /// <param name="request">Names the file, and nodes or roles that may tell the component.</param>
    /// <param name="topology">To look the nodes up.</param>
    /// <param name="workDirectory">Where a wrapped or repacked package is put; made if needed.</param>
    /// <param name="cancellation">Stops.</param>
    public static async Task<ComponentPackage> PrepareAsync(Planning.PatchRequest request, ClusterTopology topology, string workDirectory, CancellationToken cancellation)
    {
        if (!File.Exists(request.Package))
        {
            throw new RolloutException(Directory.Exists(request.Package)
                ? $"{request.Package} is a directory; pack it first: tar -czf package.tar.gz -C {request.Package} ."
                : $"specified package({request.Package}) not exists");
        }

        var component = ComponentAskedFor(request, topology);
        if (await PackageReader.IsRawBinaryAsync(request.Package, cancellation).ConfigureAwait(false))
        {
            component ??= ComponentOfFileName(request.Package);
            Directory.CreateDirectory(workDirectory);
            return await PackageBuilder.WrapAsync(request.Package, component, Path.Combine(workDirectory, $"{component}.tar.gz"), cancellation).ConfigureAwait(false);
        }

        var package = await PackageReader.InspectAsync(request.Package, component, null, cancellation).ConfigureAwait(false);
        if (package.IsCanonical)
        {
            return package;
        }

        Directory.CreateDirectory(workDirectory);
        return await PackageBuilder.NormalizeAsync(package, Path.Combine(workDirectory, $"{package.Component}.tar.gz"), cancellation).ConfigureAwait(false);
    }

    private static string? ComponentAskedFor(Planning.PatchRequest request, ClusterTopology topology)
    {
        if (request.Nodes.Count == 0 && request.Roles.Count == 0)
        {
            return null;
        }

        var components = NodeSelector.Select(topology, request.Nodes, request.Roles).Select(node => node.Component).Distinct().ToList();
        return components is [var only]
            ? only
            : throw new RolloutException($"can't patch more than one component at once: [{string.Join(' ', components)}]; run one patch for each");
    }

    private static string ComponentOfFileName(string path)
    {
        var name = Path.GetFileName(path);
        return NodeSelector.Roles.FirstOrDefault(role => name == role || name.StartsWith(role + "-", StringComparison.Ordinal) || name.StartsWith(role + ".", StringComparison.Ordinal))
            ?? throw new RolloutException($"{path} is a bare executable whose name does not tell its component; name it with -R, e.g. -R dm-worker");
    }
}
