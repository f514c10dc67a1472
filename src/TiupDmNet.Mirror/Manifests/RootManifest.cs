using TiupDmNet.Mirror.Keys;

namespace TiupDmNet.Mirror.Manifests;

/// <summary>Whose signatures count. (pingcap/tiup pkg/repository/v1manifest/types.go:72)</summary>
internal sealed record RootManifest(SignedDocument Document, ManifestHeader Header, IReadOnlyDictionary<string, RoleKeys> Roles, string IndexUrl)
{
    public long Version => Header.Version;

    public RoleKeys Role(string name) => Roles[name];

    /// <summary>What people are told of a role: who signs for it, and the manifest that is there now.</summary>
    public RoleStatus Status(string role, ManifestHeader header) =>
        new(role, header.Version, header.Expires, Role(role).Threshold, [.. Role(role).Keys.Keys.Order(StringComparer.Ordinal)]);

    /// <summary>The root itself.</summary>
    public RoleStatus Status() => Status(RoleNames.Root, Header);

    public static RootManifest Read(SignedDocument document)
    {
        var header = ManifestHeader.Read(document, RoleNames.Root);
        if (header.Version < 1)
        {
            throw document.Signed.Refuse("its version is 0; roots are numbered from 1");
        }

        var declared = document.Signed.Object("roles").Members().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        var roles = new Dictionary<string, RoleKeys>(StringComparer.Ordinal);
        foreach (var name in RoleNames.TopLevel)
        {
            roles[name] = declared.TryGetValue(name, out var role)
                ? RoleKeys.Read(name, "role", role)
                : throw document.Signed.Refuse($"it names no keys for role {name}");
        }

        var index = declared[RoleNames.Index].Text("url");
        return RoleNames.IsSafeUrl(index)
            ? new RootManifest(document, header, roles, index)
            : throw document.Signed.Refuse($"the url of the index is '{index}', which is no file of the mirror");
    }
}
