using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;
using static TiupDmNet.MirrorFixtures.HostileRoots;

namespace TiupDmNet.MirrorFixtures;

/// <summary>Attacks with documents that were all signed by the right keys: old ones, ones that do not belong together, ones that came too late.</summary>
internal static class HostileSets
{
    private const string Reset = "; if the mirror was rebuilt on purpose, trust it anew with `mirror set MIRROR --reset`";

    public static IReadOnlyList<Fixture> All { get; } =
    [
        Hostile("timestamp-goes-back", "yesterday's mirror after today's was seen", "timestamp.json of MIRROR cannot be trusted: it went back to version 1 after 2 was seen here" + Reset, _ => { })
            with { After = GoodFixtures.Newer },
        Hostile("index-goes-back", "a new snapshot with an old entry (§3.6)", "snapshot.json of MIRROR cannot be trusted: /index.json went back to version 1 after 2 was seen here" + Reset, mirror =>
        {
            mirror.Publish();
            mirror.SnapshotDraft["meta"]!["/index.json"]!["version"] = 1;
            mirror.PublishSnapshot();
        }) with { After = GoodFixtures.Newer },
        Hostile("component-goes-back", "a withdrawn package comes back (§3.6)", "snapshot.json of MIRROR cannot be trusted: /dm-worker.json went back to version 1 after 2 was seen here" + Reset, mirror =>
        {
            mirror.Publish();
            mirror.SnapshotDraft["meta"]!["/dm-worker.json"]!["version"] = 1;
            mirror.PublishSnapshot();
        }) with { After = GoodFixtures.Newer },
        Hostile("index-older-than-promised", "index 1 under the name of index 2 (W-03)", "2.index.json of MIRROR cannot be trusted: it says that it is version 1, and the snapshot promises 2", mirror =>
        {
            mirror.Publish();
            mirror.Files["2.index.json"] = mirror.Files["1.index.json"];
        }),
        Hostile("component-older-than-promised", "dm-worker 1 under the name of dm-worker 2 (W-03)",
            "2.dm-worker.json of MIRROR cannot be trusted: it says that it is version 1, and the snapshot promises 2", mirror =>
        {
            mirror.Publish();
            mirror.Files["2.dm-worker.json"] = mirror.Files["1.dm-worker.json"];
        }),
        Hostile("component-of-another-id", "dm-master's manifest, by the same owner, for dm-worker (W-03)",
            "2.dm-worker.json of MIRROR cannot be trusted: it is the manifest of component 'dm-master', not of dm-worker", mirror =>
        {
            mirror.AddComponent("dm-master", "v8.5.0");
            mirror.ComponentDrafts["dm-master"]["version"] = 1L;
            mirror.Publish();
            mirror.Files["2.dm-worker.json"] = mirror.Files["2.dm-master.json"];
        }),
        Hostile("snapshot-of-another-timestamp", "an old snapshot under a new timestamp", "snapshot.json of MIRROR cannot be trusted: its SHA-256 is HASH and should be HASH, says the timestamp", mirror =>
        {
            var old = mirror.Files["snapshot.json"];
            mirror.Publish();
            mirror.Files["snapshot.json"] = old;
        }),
        Hostile("timestamp-of-another-snapshot", "an old timestamp over a new snapshot", "snapshot.json of MIRROR cannot be trusted: its SHA-256 is HASH and should be HASH, says the timestamp", mirror =>
        {
            var old = mirror.Files["timestamp.json"];
            mirror.Publish();
            mirror.Files["timestamp.json"] = old;
        }),
        Hostile("timestamp-expired", "a mirror frozen in time", Expired("timestamp.json"), mirror =>
        {
            mirror.TimestampDraft["expires"] = "2026-11-22T11:59:59Z";
            mirror.PublishTimestamp();
        }),
        Hostile("snapshot-expired", "a good timestamp does not make it good", Expired("snapshot.json"), mirror =>
        {
            mirror.SnapshotDraft["expires"] = "2026-11-22T11:59:59Z";
            mirror.PublishSnapshot();
        }),
        Hostile("index-expired", "a good snapshot does not make it good", Expired("2.index.json"), mirror =>
        {
            mirror.IndexDraft["expires"] = "2026-11-22T11:59:59Z";
            mirror.Publish();
        }),
        Hostile("component-expired", "named as what it is, and not kept as null (W-06)", Expired("2.dm-worker.json"), mirror =>
        {
            mirror.ComponentDrafts["dm-worker"]["expires"] = "2026-11-22T11:59:59Z";
            mirror.Publish();
        }),
        Hostile("mirror-that-nobody-renewed", "the good mirror, read a second after its timestamp expired",
            "timestamp.json of MIRROR has expired: it was good until 2026-12-22T12:00:00Z, and the clock of this machine says 2026-12-22T12:00:01Z; if the clock is right, whoever keeps the mirror must renew it", _ => { })
            with { Clock = new DateTimeOffset(2026, 12, 22, 12, 0, 1, TimeSpan.Zero) },
        Hostile("component-missing-from-the-snapshot", "in the index alone (W-58)", "snapshot.json of MIRROR cannot be trusted: it has no entry for /dm-worker.json", mirror =>
        {
            mirror.SnapshotDraft["meta"]!.AsObject().Remove("/dm-worker.json");
            mirror.PublishSnapshot();
        }),
        Hostile("index-missing", "promised, and not there", "MIRROR has no 1.index.json, which a mirror must have; check the address with `mirror show`", mirror => mirror.Files.Remove("1.index.json", out _)),
        Hostile("component-missing", "promised, and not there", "MIRROR has no 1.dm-worker.json, which a mirror must have; check the address with `mirror show`", mirror => mirror.Files.Remove("1.dm-worker.json", out _)),
        Hostile("component-longer-than-promised", "a byte more than the snapshot allows (§3.7)", "1.dm-worker.json of MIRROR cannot be trusted: it has more than the 1026 bytes that it may have", mirror =>
            mirror.Files["1.dm-worker.json"] = [.. mirror.Files["1.dm-worker.json"], (byte)'\n']),
        Hostile("timestamp-too-long", "more than the 1024 bytes that TiUP reads", "timestamp.json of MIRROR cannot be trusted: it has more than the 1024 bytes that it may have", mirror =>
        {
            mirror.TimestampDraft["padding"] = new string('x', 1024);
            mirror.PublishTimestamp();
        }),
    ];
}
