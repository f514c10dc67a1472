namespace TiupDmNet.Packages.Building;

/// <summary>
/// Where the members of a package in another layout belong in TiUP's: what lies beside or below the executable, or beside its <c>bin/</c>,
/// moves to the component's directory (for grafana: to the top), and the executable to its place there.
/// </summary>
internal sealed class Relocation
{
    private readonly string _entry;
    private readonly string _canonical;
    private readonly string _home;
    private readonly string _target;

    public Relocation(string component, string entry)
    {
        _entry = entry;
        _canonical = Components.CanonicalEntry(component);
        _home = Components.HomeOf(component, _entry) is { Length: > 0 } top ? top + "/" : "";
        _target = component == "grafana" ? "" : component + "/";
    }

    /// <summary>True for what is the component's own, as far as its place tells.</summary>
    public bool IsInside(string path) => path.StartsWith(_home, StringComparison.Ordinal);

    /// <summary>True for a directory that the move leaves behind.</summary>
    public bool IsEmptied(PackageMember member) =>
        member.Kind == MemberKind.Directory
        && _entry.StartsWith(member.Path + "/", StringComparison.Ordinal) && !_canonical.StartsWith(member.Path + "/", StringComparison.Ordinal);

    public string Apply(string path) =>
        path == _entry ? _canonical
        : IsInside(path) ? _target + path[_home.Length..]
        : path;
}
