using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>
/// The first manifests of a mirror, as TiUP makes them, and 1.root.json beside root.json, so that every root has a numbered name.
/// (pingcap/tiup pkg/repository/v1manifest/repo.go:40)
/// </summary>
internal static class NewMirror
{
    private const int RootKeys = 3;

    /// <summary>Makes the keys too: three for the root, all of which must sign, and one for each other role.</summary>
    public static async Task WriteAsync(string directory, KeyRing keys, DateTimeOffset now, CancellationToken cancellation)
    {
        var roles = new Dictionary<string, (IReadOnlyList<PublicKey> Keys, int Threshold)>(StringComparer.Ordinal);
        foreach (var name in RoleNames.TopLevel)
        {
            var count = name == RoleNames.Root ? RootKeys : 1;
            var made = new List<PublicKey>();
            while (made.Count < count)
            {
                made.Add((await keys.GenerateAsync(name, cancellation).ConfigureAwait(false)).Key);
            }

            roles[name] = (made, count);
        }

        var root = Sign(Drafts.Root(roles, now), RoleNames.Root);
        var index = Sign(Drafts.Index(now), RoleNames.Index);
        var snapshotDraft = Drafts.Snapshot(now);
        snapshotDraft["meta"] = new JsonObject { ["/root.json"] = MirrorEdit.Entry(1, root.Length), ["/index.json"] = MirrorEdit.Entry(1, index.Length) };
        var snapshot = Sign(snapshotDraft, RoleNames.Snapshot);
        var timestampDraft = Drafts.Timestamp(now);
        timestampDraft["version"] = 1;
        timestampDraft["meta"] = Drafts.SnapshotMeta(snapshot);
        await MirrorEdit.WriteAsync(
            directory,
            [(RoleNames.Versioned(1, RoleNames.RootFile), root), (RoleNames.RootFile, root), (RoleNames.Versioned(1, RoleNames.IndexFile), index)],
            snapshot,
            Sign(timestampDraft, RoleNames.Timestamp),
            cancellation).ConfigureAwait(false);

        byte[] Sign(JsonObject draft, string role) =>
            Drafts.Sign(draft, keys.For(new RoleKeys(role, roles[role].Keys.ToDictionary(key => key.Id, StringComparer.Ordinal), roles[role].Threshold)));
    }
}
