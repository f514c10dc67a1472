using Newtonsoft.Json.Linq;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Intake;

namespace TiupDmNet.Cli.Output;

/// <summary>What a mirror takes from others, before and after it does.</summary>
internal static class IntakeView
{
    /// <summary>One line for each version of a component, and what is new about it.</summary>
    public static string Table(IReadOnlyList<IncomingPackage> packages, IReadOnlyList<MirrorChange> changes)
    {
        var table = new TextTable("Component", "Version", "Platform", "Size", "Here", "Change");
        foreach (var package in packages.OrderBy(package => package.Component, StringComparer.Ordinal).ThenBy(package => package.Version).ThenBy(package => package.Platform.ToString(), StringComparer.Ordinal))
        {
            var change = changes.FirstOrDefault(change => change.Component == package.Component && change.Version == package.Version.Text && change.Platform == package.Platform);
            table.Add(
                package.Component,
                package.Version.Text,
                package.Platform.ToString(),
                package.Length > 0 ? Readable.Size(package.Length) : "-",
                package.IsPresent ? "yes" : "no",
                change is null ? "" : Describe(change));
        }

        var shown = packages.Select(package => (package.Component, package.Version.Text, (Platform?)package.Platform)).ToHashSet();
        foreach (var change in changes.Where(change => !shown.Contains((change.Component, change.Version ?? "", change.Platform))))
        {
            table.Add(change.Component, change.Version ?? "-", change.Platform?.ToString() ?? "-", "-", "-", Describe(change));
        }

        return table.Render();
    }

    /// <summary>"3 packages, 2 to fetch (12.3 MB); 4 changes"</summary>
    public static string Summary(IReadOnlyList<IncomingPackage> packages, IReadOnlyList<MirrorChange> changes, long missingBytes)
    {
        var missing = packages.Count(package => !package.IsPresent);
        var fetch = missing == 0 ? "all of them here" : $"{missing} to fetch ({Readable.Size(missingBytes)})";
        return $"{Readable.Count(packages.Count, "package")}, {fetch}; {(changes.Count == 0 ? "nothing changes" : Readable.Count(changes.Count, "change"))}";
    }

    public static JArray Changes(IReadOnlyList<MirrorChange> changes) => new(changes.Select(change => new JObject
    {
        ["kind"] = Word(change.Kind),
        ["component"] = change.Component,
        ["version"] = change.Version,
        ["platform"] = change.Platform?.ToString(),
        ["detail"] = change.Detail,
    }));

    /// <param name="result">Null before it was done.</param>
    public static JArray Packages(IReadOnlyList<IncomingPackage> packages, IntakeResult? result)
    {
        var fetched = result?.Packages.Where(package => !package.AlreadyPresent).Select(package => Path.GetFileName(package.Path)).ToHashSet(StringComparer.Ordinal);
        return new JArray(packages.Select(package => new JObject
        {
            ["component"] = package.Component,
            ["version"] = package.Version.Text,
            ["platform"] = package.Platform.ToString(),
            ["file"] = package.FileName,
            ["length"] = package.Length,
            ["sha256"] = package.Sha256,
            ["source"] = package.Source,
            ["alreadyPresent"] = fetched is null ? package.IsPresent : !fetched.Contains(package.FileName),
        }));
    }

    private static string Describe(MirrorChange change) => change.Detail.Length > 0 ? change.Detail : change is { Kind: MirrorChangeKind.Added, Version: null } ? "new component" : Word(change.Kind);

    private static string Word(MirrorChangeKind kind) => kind switch
    {
        MirrorChangeKind.Added => "added",
        MirrorChangeKind.Replaced => "replaced",
        MirrorChangeKind.Removed => "removed",
        _ => "updated",
    };
}
