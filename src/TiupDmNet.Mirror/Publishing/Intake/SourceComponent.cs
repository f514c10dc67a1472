using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing.Intake;

/// <summary>A component of another mirror, verified up to a root that the operator trusts.</summary>
/// <param name="Mirror">Where its packages are.</param>
/// <param name="Signed">What its owner has signed, whole: fields that this tool does not know go along.</param>
internal sealed record SourceComponent(MirrorClient Mirror, IndexItem Listing, string OwnerName, ComponentManifest Manifest, JsonObject Signed)
{
    public string Id => Listing.Id;

    public static SourceComponent Of(MirrorClient mirror, IndexManifest index, Trust.VerifiedComponent verified)
    {
        var listing = index.Components[verified.Manifest.Id];

        // The id becomes a name in an index and of a key's file.
        if (!RoleNames.IsSafeId(listing.Owner) || listing.Owner == RoleNames.Component)
        {
            throw index.Document.Signed.Refuse($"the owner '{listing.Owner}' has an id that is none, or the name of a role");
        }

        var name = index.Document.Signed.Object("owners").Object(listing.Owner).Text("name");
        return new SourceComponent(mirror, listing, name.Length > 0 ? name : listing.Owner, verified.Manifest, JsonNode.Parse(verified.Bytes)!["signed"]!.AsObject());
    }

    /// <summary>An item as it was signed; the caller's to change.</summary>
    public JsonObject Fields(VersionItem item) => Signed["platforms"]![item.Platform.ToString()]![item.Version.Text]!.DeepClone().AsObject();
}
