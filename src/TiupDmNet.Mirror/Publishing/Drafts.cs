using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>
/// The <c>signed</c> parts of manifests as they are written: every field of the protocol, none left out.
/// (pingcap/tiup pkg/repository/v1manifest/types.go, repo.go:209)
/// </summary>
internal static class Drafts
{
    private const string Specification = "0.1.0";

    /// <summary>How long a manifest of a type is good for. (pingcap/tiup pkg/repository/v1manifest/manifest.go:66)</summary>
    public static TimeSpan Lifetime(string type) => type switch
    {
        RoleNames.Root or RoleNames.Index => TimeSpan.FromDays(365),
        RoleNames.Component => TimeSpan.FromDays(5 * 365),
        _ => TimeSpan.FromDays(30),
    };

    public static JsonObject Root(IReadOnlyDictionary<string, (IReadOnlyList<PublicKey> Keys, int Threshold)> roles, DateTimeOffset now)
    {
        var draft = Base(RoleNames.Root, 1, now);
        draft["roles"] = new JsonObject(roles.Select(role => KeyValuePair.Create(role.Key, (JsonNode?)new JsonObject
        {
            ["url"] = $"/{role.Key}.json",
            ["keys"] = Keys(role.Value.Keys),
            ["threshold"] = role.Value.Threshold,
        })));
        return draft;
    }

    public static JsonObject Index(DateTimeOffset now)
    {
        var draft = Base(RoleNames.Index, 1, now);
        draft["owners"] = new JsonObject();
        draft["components"] = new JsonObject();
        draft["default_components"] = new JsonArray();
        return draft;
    }

    public static JsonObject Snapshot(DateTimeOffset now)
    {
        var draft = Base(RoleNames.Snapshot, 0, now);
        draft["meta"] = new JsonObject();
        return draft;
    }

    public static JsonObject Timestamp(DateTimeOffset now) => Base(RoleNames.Timestamp, 0, now);

    public static JsonObject Component(string id, string description, DateTimeOffset now)
    {
        var draft = Base(RoleNames.Component, 0, now);
        draft["id"] = id;
        draft["description"] = description;
        draft["nightly"] = "";
        draft["platforms"] = new JsonObject();
        return draft;
    }

    public static JsonObject Owner(string name, PublicKey key) => new() { ["name"] = name, ["keys"] = Keys([key]), ["threshold"] = 1 };

    public static JsonObject IndexItem(string id, string owner, bool standalone = false, bool hidden = false) =>
        new() { ["owner"] = owner, ["url"] = $"/{id}.json", ["yanked"] = false, ["standalone"] = standalone, ["hidden"] = hidden };

    public static JsonObject VersionItem(string fileName, string entry, DateTimeOffset now, string sha256, string sha512, long length) => new()
    {
        ["url"] = "/" + fileName,
        ["yanked"] = false,
        ["entry"] = entry,
        ["released"] = Rfc3339.Format(now),
        ["dependencies"] = null,
        ["hashes"] = new JsonObject { ["sha256"] = sha256, ["sha512"] = sha512 },
        ["length"] = length,
    };

    public static JsonObject SnapshotMeta(ReadOnlySpan<byte> snapshot) => new()
    {
        ["/" + RoleNames.SnapshotFile] = new JsonObject
        {
            ["hashes"] = new JsonObject
            {
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(snapshot)),
                ["sha512"] = Convert.ToHexStringLower(SHA512.HashData(snapshot)),
            },
            ["length"] = snapshot.Length,
        },
    };

    /// <summary>The next version of a manifest, good for its type's lifetime from now on; one that was good for longer stays so.</summary>
    public static void Renew(JsonObject draft, DateTimeOffset now)
    {
        if ((long?)draft["version"] is > 0 and var version)
        {
            draft["version"] = version + 1;
        }

        var until = now + Lifetime((string)draft["_type"]!);
        if (!Rfc3339.TryParse((string?)draft["expires"] ?? "", out var current) || current < until)
        {
            draft["expires"] = Rfc3339.Format(until);
        }
    }

    /// <summary>Makes a component's manifest the one after that which a snapshot names.</summary>
    /// <returns>Its version.</returns>
    public static long RenewComponent(JsonObject draft, string id, SnapshotManifest snapshot, DateTimeOffset now)
    {
        var version = NextVersion(id, snapshot);
        Renew(draft, now);
        draft["version"] = version;
        return version;
    }

    public static long NextVersion(string id, SnapshotManifest snapshot) => snapshot.Entries.TryGetValue($"/{id}.json", out var entry) ? entry.Version + 1 : 1;

    /// <summary>The file: the canonical form of the draft with signatures over exactly that form.</summary>
    public static byte[] Sign(JsonObject draft, IEnumerable<PrivateKey> keys)
    {
        var payload = CanonicalJson.Write(draft);
        return CanonicalJson.Write(new JsonObject
        {
            ["signatures"] = new JsonArray([.. keys.Select(key => key.Sign(payload))]),
            ["signed"] = draft.DeepClone(),
        });
    }

    private static JsonObject Keys(IEnumerable<PublicKey> keys) => new(keys.Select(key => KeyValuePair.Create(key.Id, (JsonNode?)key.ToJson())));

    private static JsonObject Base(string type, long version, DateTimeOffset now) => new()
    {
        ["_type"] = type,
        ["spec_version"] = Specification,
        ["expires"] = Rfc3339.Format(now + Lifetime(type)),
        ["version"] = version,
    };
}
