using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.MirrorFixtures;

/// <summary>What TiUP, its old versions and the public mirror write, and what must not stop a client.</summary>
internal static class GoodFixtures
{
    public const string Newer = "good/newer";

    public static IReadOnlyList<Fixture> All { get; } =
    [
        Good("plain", "as TiUP writes it: the snapshot is version 0 for ever", _ => { }),
        new Fixture(Newer, "the same mirror one publication later", Fixture.Accept, mirror => mirror.Publish()) { After = "good/plain" },
        Good("snapshot-with-a-version", "a snapshot that counts its versions", mirror =>
        {
            mirror.SnapshotDraft["version"] = 7L;
            mirror.PublishSnapshot();
        }),
        Good("unknown-fields", "fields of a later version in every kind of document", mirror =>
        {
            mirror.NextRoot()["later"] = new JsonObject { ["more"] = 1.5 };
            mirror.RootDraft["roles"]!["later"] = new JsonObject { ["keys"] = new JsonObject(), ["threshold"] = 0 };
            mirror.PublishRoot();
            mirror.Package()["later"] = new JsonArray(1, "two", null);
            mirror.IndexDraft["later"] = true;
            mirror.IndexDraft["components"]!["dm-worker"]!["threshold"] = 1;
            mirror.SnapshotDraft["later"] = null;
            mirror.TimestampDraft["later"] = "\u65b0";
            mirror.Publish();
        }),
        Good("lengths-are-upper-bounds", "the snapshot and the timestamp name the size limits of their kinds, or 0, instead of lengths", mirror =>
        {
            mirror.SnapshotDraft["meta"]!["/index.json"]!["length"] = 1_048_576;
            mirror.SnapshotDraft["meta"]!["/dm-worker.json"]!["length"] = 0;
            mirror.PublishSnapshot();
            mirror.TimestampDraft["meta"]!["/snapshot.json"]!["length"] = 1_048_576;
            mirror.SignTimestamp();
        }),
        Good("no-sha512", "old tools hash with SHA-256 only", mirror =>
        {
            mirror.Package()["hashes"]!.AsObject().Remove("sha512");
            mirror.Publish();
            mirror.TimestampDraft["meta"]!["/snapshot.json"]!["hashes"]!.AsObject().Remove("sha512");
            mirror.SignTimestamp();
        }),
        Good("package-of-unknown-length", "a length of 0 says nothing", mirror =>
        {
            mirror.Package()["length"] = 0;
            mirror.Publish();
        }),
        Good("local-times", "times with an offset and fractions of seconds, as Go formats the local time", mirror =>
        {
            mirror.TimestampDraft["expires"] = "2026-11-22T20:00:00.123456789+08:00";
            mirror.IndexDraft["expires"] = "2026-11-22T07:00:00-05:00";
            mirror.Package()["released"] = "2026-11-22T20:00:00.5+08:00";
            mirror.Publish();
        }),
        Good("optional-fields", "dependencies null, absent or given; nightly and default_components absent", mirror =>
        {
            mirror.Package().Remove("dependencies");
            mirror.AddVersion("dm-worker", "v8.5.1")["dependencies"] = new JsonObject { ["dmctl"] = ">= v1" };
            mirror.ComponentDrafts["dm-worker"].Remove("nightly");
            mirror.IndexDraft.Remove("default_components");
            mirror.Publish();
        }),
        Good("odd-versions", "v3.0 and master are versions, and one without an entry does not exist", mirror =>
        {
            mirror.AddVersion("dm-worker", "v3.0");
            mirror.AddVersion("dm-worker", "master");
            var absent = mirror.AddVersion("dm-worker", "v7.0.0");
            (absent["entry"], absent["url"]) = ("", "");
            mirror.Publish();
        }),
        Good("signatures-by-unknown-keys", "a stranger has signed all but the timestamp too", mirror =>
        {
            // Not the timestamp: two signatures would not fit into the 1024 bytes that TiUP reads of it.
            foreach (var role in (string[])["root", "index", "snapshot", "dm-worker"])
            {
                mirror.Signers[role] = [RepositorySimulator.Stranger, .. RepositorySimulator.RoleKeys(role)];
            }

            mirror.NextRoot();
            mirror.PublishRoot();
            mirror.Publish();
        }),
        Good("one-broken-signature-of-three", "the other two are enough for the root", mirror =>
        {
            mirror.NextRoot();
            mirror.PublishRoot();
            mirror.Change("2.root.json", root => root["signatures"]![0]!["sig"] = root["signatures"]![1]!["sig"]!.DeepClone());
            mirror.Publish();
        }),
        Good("root-in-between-expired", "only the last root must be good", mirror =>
        {
            var expires = mirror.NextRoot()["expires"]!.DeepClone();
            mirror.RootDraft["expires"] = "2020-01-01T00:00:00Z";
            mirror.PublishRoot();
            mirror.NextRoot()["expires"] = expires;
            mirror.PublishRoot();
            mirror.Publish();
        }),
        Good("new-snapshot-key-alone", "the snapshot is signed by a key that only the next root knows (W-62)", mirror =>
        {
            mirror.NextRoot()["roles"]!["snapshot"]!["keys"] = Edits.Keys("stranger");
            mirror.PublishRoot();
            mirror.Signers["snapshot"] = [RepositorySimulator.Stranger];
            mirror.Publish();
        }),
        Good("owner-named-as-a-role", "an owner called timestamp owns components, and that is all (W-02)", mirror =>
        {
            mirror.IndexDraft["owners"]!["timestamp"] = Drafts.Owner("Not the timestamp", RepositorySimulator.Stranger.Public);
            mirror.Publish();
            mirror.Publish();
        }),
        Good("key-id-of-the-bare-pem", "the id of a key whose PEM has no line feed at the end", mirror =>
        {
            var bare = KeyPool.Get("owner").Public.Pem.TrimEnd('\n');
            mirror.IndexDraft["owners"]!["pingcap"]!["keys"] = new JsonObject { [PublicKey.IdOf(bare)] = PublicKey.Json("public", bare) };
            mirror.Publish();
            mirror.Change("2.dm-worker.json", document => document["signatures"]![0]!["keyid"] = PublicKey.IdOf(bare));
        }),
    ];

    private static Fixture Good(string name, string what, Action<RepositorySimulator> make) => new("good/" + name, what, Fixture.Accept, make);
}
