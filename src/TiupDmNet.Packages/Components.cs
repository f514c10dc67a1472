namespace TiupDmNet.Packages;

/// <summary>The components of a DM cluster, and where a package may keep their executables.</summary>
public static class Components
{
    /// <summary>What a DM topology is made of, and the tools that travel with it, in the order in which messages list them.</summary>
    public static IReadOnlyList<string> Known { get; } =
        ["dm-master", "dm-worker", "dmctl", "prometheus", "grafana", "alertmanager", "node_exporter", "blackbox_exporter"];

    /// <summary>
    /// Where TiUP's run scripts expect the executable (pingcap/tiup embed/templates/scripts; the <c>entry</c> of the component's manifest).
    /// </summary>
    public static string CanonicalEntry(string component) =>
        component == "grafana" ? "bin/grafana-server" : $"{component}/{component}";

    /// <summary>The file name that PingCAP's notes give a hotfix: <c>dm-worker-hotfix-linux-amd64.tar.gz</c>.</summary>
    /// <param name="component">dm-master, dm-worker, …</param>
    /// <param name="architecture">As in <see cref="Executable.Architecture"/>.</param>
    public static string HotfixFileName(string component, string architecture) => $"{component}-hotfix-linux-{architecture}.tar.gz";

    /// <summary>
    /// The component that a file name speaks of: <c>dm-worker</c>, <c>dm-worker.new</c>, <c>dm-worker-v8.5.1</c>, <c>grafana-server</c>; null when it says nothing.
    /// </summary>
    public static string? FromFileName(string path)
    {
        var name = Path.GetFileName(path);
        return Known.FirstOrDefault(component =>
        {
            var executable = ExecutableName(component);
            return name.StartsWith(executable, StringComparison.Ordinal)
                && (name.Length == executable.Length || name[executable.Length] is '.' or '-' or '_');
        });
    }

    internal static string ExecutableName(string component) => component == "grafana" ? "grafana-server" : component;

    /// <summary>
    /// The directory that is the component's own when its executable lies at <paramref name="entry"/> ("" is the top);
    /// null when an executable of this component cannot lie there.
    /// </summary>
    internal static string? HomeOf(string component, string entry)
    {
        var executable = ExecutableName(component);
        var parts = entry.Split('/');
        if (parts.Length > 3 || parts[^1] != executable)
        {
            return null;
        }

        return parts[..^1] switch
        {
            [] => "",
            ["bin"] => "",
            [var top] => top,
            [var top, "bin"] => top,
            [var top, var own] when own == component => $"{top}/{own}",
            _ => null,
        };
    }

    /// <summary>A component's name becomes part of paths, here and on hosts.</summary>
    internal static void CheckName(string component)
    {
        var plain = component.Length is > 0 and <= 64
            && component.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            && char.IsAsciiLetterOrDigit(component[0]);
        if (!plain)
        {
            throw new PackageException($"\"{Text.Shown(component)}\" is not a component name; use one such as {string.Join(", ", Known.Take(3))}");
        }
    }
}
