using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;
using static TiupDmNet.MirrorFixtures.Edits;

namespace TiupDmNet.MirrorFixtures;

/// <summary>Attacks on who may sign what: roots, roles, thresholds, keys.</summary>
internal static class HostileRoots
{
    private const string Second = "2.root.json of MIRROR cannot be trusted: ";
    private const string NoneOfTwo = "0 of the 2 needed signatures by keys of root hold; if it is another mirror than the one whose root is trusted here, look at its own with `mirror set MIRROR`";

    public static IReadOnlyList<Fixture> All { get; } =
    [
        Hostile("first-root-is-a-login-page", "what answers is no mirror (W-16)", "root.json of MIRROR cannot be trusted: it is not JSON (it begins with '<!DOCTYPE html><html>log')",
            mirror => mirror.Files["root.json"] = "<!DOCTYPE html><html>log in here</html>"u8.ToArray()),
        Hostile("first-root-without-its-own-signatures", "a root that too few of its own keys have signed cannot start trust (W-16)", "root.json of MIRROR cannot be trusted: 1 of the 2 needed signatures by keys of root hold",
            mirror => mirror.Files["root.json"] = mirror.ForgedRoot(1, _ => { }, "root-1")),
        Hostile("root-signed-by-the-snapshot-key", "a root that calls itself a snapshot, signed by the snapshot's key (W-01)", Second + NoneOfTwo, mirror =>
        {
            mirror.Files["2.root.json"] = mirror.ForgedRoot(2, root => root["_type"] = "snapshot", "snapshot");
            mirror.SnapshotDraft["meta"]!["/root.json"] = MirrorEdit.Entry(2, 10_000);
            mirror.PublishSnapshot();
        }),
        Hostile("root-signed-by-an-owner-named-root", "the owner's key is no key of the role (W-02)", Second + NoneOfTwo, mirror =>
        {
            mirror.IndexDraft["owners"]!["root"] = Drafts.Owner("Mallory", RepositorySimulator.Stranger.Public);
            mirror.Files["2.root.json"] = mirror.ForgedRoot(2, root => (root.Role("root")["keys"], root.Role("root")["threshold"]) = (Keys("stranger"), 1), "stranger");
            mirror.SnapshotDraft["meta"]!["/root.json"] = MirrorEdit.Entry(2, 10_000);
            mirror.Publish();
        }),
        Hostile("root-signed-by-old-keys-alone", "its own threshold is not met", Second + "1 of the 2 needed signatures by keys of root hold", mirror =>
        {
            mirror.Signers["root"] = Signers("root-1", "root-2");
            mirror.PublishNextRoot(root => root.Role("root")["keys"] = Keys("root-1", "stranger"));
        }),
        Hostile("root-signed-by-new-keys-alone", "the threshold of the root before it is not met", Second + "1 of the 2 needed signatures by keys of root hold", mirror =>
        {
            mirror.Signers["root"] = Signers("root-1", "stranger");
            mirror.PublishNextRoot(root => root.Role("root")["keys"] = Keys("root-1", "stranger"));
        }),
        Hostile("root-skips-a-version", "version 3 under the name of version 2", Second + "it is version 3 of the root where 2 must follow", mirror =>
        {
            mirror.NextRoot();
            mirror.PublishNextRoot(_ => { });
            mirror.Files["2.root.json"] = mirror.Files["3.root.json"];
        }),
        Hostile("root-repeats-a-version", "the first root once more, under the name of the second", Second + "it is version 1 of the root where 2 must follow", mirror =>
        {
            mirror.PublishNextRoot(_ => { });
            mirror.Files["2.root.json"] = mirror.Files["1.root.json"];
        }),
        Hostile("root-that-is-promised-and-held-back", "the snapshot names root 2, and there is none (W-11)",
            "snapshot.json of MIRROR cannot be trusted: it promises version 2 of the root, and the mirror serves none after 1", mirror =>
        {
            mirror.PublishNextRoot(_ => { });
            mirror.Files.Remove("2.root.json", out _);
        }),
        Hostile("root-expired", "the last root is the one that must be good (W-08)", Expired("2.root.json"), mirror => mirror.PublishNextRoot(root => root["expires"] = "2026-11-22T11:59:59Z")),
        Hostile("root-without-a-root-role", "nobody could sign the one after it (W-07)", Second + "it names no keys for role root",
            mirror => mirror.PublishNextRoot(root => root["roles"]!.AsObject().Remove("root"))),
        Hostile("root-with-threshold-zero", "nobody has to sign the timestamp", Second + "the threshold of role timestamp is 0, which lets anything pass",
            mirror => mirror.PublishNextRoot(root => root.Role("timestamp")["threshold"] = 0)),
        Hostile("root-threshold-above-its-keys", "nobody could ever sign the one after it", Second + "role root needs 4 signatures and has only 3 different keys",
            mirror => mirror.PublishNextRoot(root => root.Role("root")["threshold"] = 4)),
        Hostile("root-sends-for-the-index-elsewhere", "a url that leaves the mirror (W-19)", Second + "the url of the index is '/../index.json', which is no file of the mirror",
            mirror => mirror.PublishNextRoot(root => root.Role("index")["url"] = "/../index.json")),
        Hostile("root-of-another-format", "a specification that nobody knows yet", Second + "its format is version '1.0.0', and this tool knows 0.1.0 only",
            mirror => mirror.PublishNextRoot(root => root["spec_version"] = "1.0.0")),
        Hostile("timestamp-under-replaced-keys", "after the next root the old timestamp key is worth nothing (W-10)",
            "timestamp.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of timestamp hold; if it is another mirror than the one whose root is trusted here, look at its own with `mirror set MIRROR`",
            mirror => mirror.PublishNextRoot(root => root.Role("timestamp")["keys"] = Keys("stranger"))),
        Hostile("owner-with-threshold-zero", "nobody has to sign the component", "2.index.json of MIRROR cannot be trusted: the threshold of owner pingcap is 0, which lets anything pass", mirror =>
        {
            mirror.IndexDraft["owners"]!["pingcap"]!["threshold"] = 0;
            mirror.Publish();
        }),
        Hostile("owner-with-one-key-under-two-ids", "one key would sign for two (W-15)", "2.index.json of MIRROR cannot be trusted: owner pingcap needs 2 signatures and has only 1 different keys", mirror =>
        {
            var bare = KeyPool.Get("owner").Public.Pem.TrimEnd('\n');
            mirror.IndexDraft["owners"]!["pingcap"]!["keys"]![PublicKey.IdOf(bare)] = PublicKey.Json("public", bare);
            mirror.IndexDraft["owners"]!["pingcap"]!["threshold"] = 2;
            mirror.Publish();
        }),
        Hostile("owner-with-a-key-under-a-foreign-id", "the stranger's id on the owner's key (W-15)",
            $"2.index.json of MIRROR cannot be trusted: key {Id("stranger")} of owner pingcap stands under an id that is not its own ({Id("owner")})", mirror =>
        {
            mirror.IndexDraft["owners"]!["pingcap"]!["keys"]![RepositorySimulator.Stranger.Id] = KeyPool.Get("owner").Public.ToJson();
            mirror.Publish();
        }),
        Hostile("component-signed-by-another-owner", "each owner signs for its own components", "2.dm-worker.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of pingcap hold", mirror =>
        {
            mirror.IndexDraft["owners"]!["other"] = Drafts.Owner("Other", RepositorySimulator.Stranger.Public);
            mirror.Signers["dm-worker"] = Signers("stranger");
            mirror.Publish();
        }),
        Hostile("index-signed-by-the-snapshot-key", "an online key signs for its own role alone (W-01)", "2.index.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of index hold", mirror =>
        {
            mirror.Signers["index"] = Signers("snapshot");
            mirror.Publish();
        }),
        Hostile("snapshot-signed-twice-by-one-key", "two signatures by one key are not two", "snapshot.json of MIRROR cannot be trusted: one key has signed it twice", mirror =>
        {
            mirror.Signers["snapshot"] = Signers("snapshot", "snapshot");
            mirror.PublishSnapshot();
        }),
    ];

    public static Fixture Hostile(string name, string what, string must, Action<RepositorySimulator> make) => new("hostile/" + name, what, must, make);

    public static string Expired(string document) =>
        $"{document} of MIRROR has expired: it was good until 2026-11-22T11:59:59Z, and the clock of this machine says 2026-11-22T12:00:00Z; if the clock is right, whoever keeps the mirror must renew it";

    private static string Id(string name) => KeyPool.Get(name).Id[..16];
}
