using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing.Roots;

/// <summary>
/// The root after the present one: signed by the keys of both, one version higher, good for no shorter time, and such that TiUP's clients find it.
/// (pingcap/tiup pkg/repository/model/model.go:120)
/// </summary>
internal sealed class RootRotation(RootManifest present, string mirror)
{
    private const int ShortestId = 8;

    /// <summary>The <c>signed</c> part of the next root. New keys are made, and put to the ring.</summary>
    /// <exception cref="MirrorException">The change makes no sense, or would lock clients out.</exception>
    public async Task<JsonObject> DraftAsync(RootChange change, KeyRing keys, DateTimeOffset now, CancellationToken cancellation)
    {
        var draft = JsonNode.Parse(present.Document.SignedBytes.Span)!.AsObject();
        foreach (var (name, file) in change.Add)
        {
            var (key, _) = await KeyFile.ReadKeyAsync(file, cancellation).ConfigureAwait(false);
            KeysOf(draft, name)[key.Id] = key.ToJson();
        }

        foreach (var id in change.Remove)
        {
            Remove(draft, id);
        }

        foreach (var (name, threshold) in change.Thresholds)
        {
            KeysOf(draft, name);
            Role(draft, name)["threshold"] = threshold;
        }

        Drafts.Renew(draft, now);
        Read(Drafts.Sign(draft, []));

        // A client of TiUP asks for a new root when the timestamp does not verify, and not when the snapshot does not.
        var renewed = change.NewKeysFor.Contains(RoleNames.Snapshot) ? [.. change.NewKeysFor, RoleNames.Timestamp] : change.NewKeysFor;
        foreach (var name in renewed)
        {
            KeysOf(draft, name);
        }

        foreach (var name in renewed.Distinct())
        {
            var made = new JsonObject();
            for (var count = KeysOf(draft, name).Count; made.Count < count;)
            {
                var (key, _) = await keys.GenerateAsync(name, cancellation).ConfigureAwait(false);
                made[key.Id] = key.ToJson();
            }

            Role(draft, name)["keys"] = made;
        }

        Require(Read(Drafts.Sign(draft, [])));
        return draft;
    }

    /// <summary>Reads a root that others have signed, or have yet to sign.</summary>
    /// <exception cref="MirrorException">It is no root that could follow the present one.</exception>
    public RootManifest Read(ReadOnlyMemory<byte> bytes, string? file = null)
    {
        var origin = new Origin(file ?? RoleNames.Versioned(present.Version + 1, RoleNames.RootFile), mirror);
        var next = RootManifest.Read(SignedDocument.Parse(origin, bytes));
        return next.Version == present.Version + 1
            ? next
            : throw origin.Refuse(TrustRule.Content, $"it is version {next.Version} of the root, and the mirror has {present.Version}: {present.Version + 1} must follow");
    }

    /// <exception cref="MirrorException">Clients would be locked out, or could not go on.</exception>
    public void Require(RootManifest next)
    {
        if (next.Header.Expires < present.Header.Expires)
        {
            throw Refuse($"it would be good until {Rfc3339.Format(next.Header.Expires)}, and the present one is until {Rfc3339.Format(present.Header.Expires)}: that is never shortened");
        }

        if (next.Role(RoleNames.Timestamp).Keys.Count > int.Max(1, present.Role(RoleNames.Timestamp).Keys.Count))
        {
            throw Refuse("the timestamp role would have a second key, with whose signature its file is longer than TiUP reads");
        }

        if (!IsStillGood(next, RoleNames.Snapshot) && IsStillGood(next, RoleNames.Timestamp))
        {
            throw Refuse("the snapshot would be signed by keys that clients of before do not know, and TiUP looks for a new root only when the timestamp is; give the timestamp a new key as well");
        }
    }

    /// <summary>Signatures that are still missing on a root.</summary>
    public IReadOnlyList<string> Missing(RootManifest next)
    {
        var missing = new List<string>();
        foreach (var (role, whose) in ((RoleKeys, string)[])[(present.Role(RoleNames.Root), "the present root"), (next.Role(RoleNames.Root), "the next root")])
        {
            if (role.CountSignatures(next.Document) is var valid && valid < role.Threshold)
            {
                missing.Add($"{valid} of the {role.Threshold} needed signatures by keys of {whose} are there ({string.Join(", ", role.Keys.Keys.Select(id => id[..16]))})");
            }
        }

        return missing;
    }

    /// <summary>As a person sees it.</summary>
    public NextRoot Describe(RootManifest next) => new(
        next.Version,
        next.Header.Expires,
        [.. RoleNames.TopLevel.Select(name => new RootRole(name, next.Role(name).Threshold, [.. next.Role(name).Keys.Keys.Order(StringComparer.Ordinal)]))],
        Missing(next));

    /// <summary>Every key that is here and that the present root or the next one knows as the root's.</summary>
    public IReadOnlyList<PrivateKey> Signers(RootManifest next, KeyRing keys) =>
        [.. keys.Of(present.Role(RoleNames.Root)).Concat(keys.Of(next.Role(RoleNames.Root))).DistinctBy(key => key.Id)];

    private bool IsStillGood(RootManifest next, string name)
    {
        var (before, after) = (present.Role(name), next.Role(name));
        return after.Keys.Values.Count(key => before.Keys.Values.Any(known => known.Id == key.Id)) >= before.Threshold;
    }

    private static JsonObject Role(JsonObject draft, string name) => draft["roles"]![name]!.AsObject();

    private static JsonObject KeysOf(JsonObject draft, string name) => RoleNames.TopLevel.Contains(name)
        ? Role(draft, name)["keys"]!.AsObject()
        : throw new MirrorException(MirrorFailure.NotConfigured, $"there is no role '{name}'; the roles are {string.Join(", ", RoleNames.TopLevel)}");

    private void Remove(JsonObject draft, string id)
    {
        var found = RoleNames.TopLevel.SelectMany(name => KeysOf(draft, name).Where(key => key.Key.StartsWith(id, StringComparison.Ordinal)).Select(key => (Role: name, Id: key.Key))).ToList();
        if (id.Length < ShortestId || found.Select(key => key.Id).Distinct().Count() != 1)
        {
            var known = string.Join(", ", RoleNames.TopLevel.SelectMany(name => KeysOf(draft, name).Select(key => $"{key.Key[..16]} ({name})")));
            throw new MirrorException(MirrorFailure.NotFound, $"'{id}' names no key of {mirror}; its keys are {known}");
        }

        foreach (var key in found)
        {
            KeysOf(draft, key.Role).Remove(key.Id);
        }
    }

    private MirrorException Refuse(string why) => new(MirrorFailure.NotConfigured, $"that cannot be the next root of {mirror}: {why}");
}
