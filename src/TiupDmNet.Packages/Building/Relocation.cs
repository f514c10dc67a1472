namespace TiupDmNet.Packages.Building;

/// <summary>
/// Where the members of a package in another layout belong in TiUP's: what lies beside or below the executable, or beside its <c>bin/</c>,
/// moves to the component's directory (for grafana: to the top), and the executable to its place there.
/// </summary>
internal sealed class Relocation
{
    private readonly string entry;
    private readonly string canonical;
    private readonly string home;
    private readonly string target;

    public Relocation(string component, string entry)
    {
        this.entry = entry;
        canonical = Components.CanonicalEntry(component);
        home = Components.HomeOf(component, entry) is { Length: > 0 } top ? top + "/" : "";
        target = component == "grafana" ? "" : component + "/";
    }

    /// <summary>True for what is the component's own, as far as its place tells.</summary>
    public bool IsInside(string path) => path.StartsWith(home, StringComparison.Ordinal);

    /// <summary>True for a directory that the move leaves behind.</summary>
    public bool IsEmptied(PackageMember member) =>
        member.Kind == MemberKind.Directory
        && entry.StartsWith(member.Path + "/", StringComparison.Ordinal) && !canonical.StartsWith(member.Path + "/", StringComparison.Ordinal);

    public string Apply(string path) =>
        path == entry ? canonical
        : IsInside(path) ? target + path[home.Length..]
        : path;
}
