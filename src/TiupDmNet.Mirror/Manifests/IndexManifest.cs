using TiupDmNet.Mirror.Keys;

namespace TiupDmNet.Mirror.Manifests;

internal sealed record IndexItem(string Id, string Owner, string Url, bool Hidden, bool Standalone, bool Yanked)
{
    public ComponentSummary Summary => new(Id, Owner, Hidden, Standalone, Yanked);
}

/// <summary>Which components there are, and who owns them. (pingcap/tiup pkg/repository/v1manifest/types.go:92, :128)</summary>
/// <param name="Owners">Never mixed with the roles of the root: an owner called "root" owns components, and that is all.</param>
internal sealed record IndexManifest(
    SignedDocument Document, ManifestHeader Header, IReadOnlyDictionary<string, RoleKeys> Owners, IReadOnlyDictionary<string, IndexItem> Components)
{
    public RoleKeys OwnerOf(IndexItem item) => Owners[item.Owner];

    public static IndexManifest Read(SignedDocument document)
    {
        var header = ManifestHeader.Read(document, RoleNames.Index);
        var owners = document.Signed.Object("owners").Members()
            .ToDictionary(member => member.Name, member => RoleKeys.Read(member.Name, "owner", member.Value), StringComparer.Ordinal);
        var components = document.Signed.Object("components").Members()
            .ToDictionary(member => member.Name, member => ReadItem(member.Name, member.Value), StringComparer.Ordinal);
        return components.Values.FirstOrDefault(item => !owners.ContainsKey(item.Owner)) is { } orphan
            ? throw document.Signed.Refuse($"component {orphan.Id} has the owner '{orphan.Owner}', whom it does not know")
            : new IndexManifest(document, header, owners, components);
    }

    private static IndexItem ReadItem(string id, Fields fields) =>
        new(id, fields.Text("owner"), fields.Text("url"), fields.Flag("hidden"), fields.Flag("standalone"), fields.Flag("yanked"));
}
