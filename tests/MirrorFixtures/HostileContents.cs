using System.Text;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;
using static TiupDmNet.MirrorFixtures.HostileRoots;

namespace TiupDmNet.MirrorFixtures;

/// <summary>Documents and packages that are not what their names say.</summary>
internal static class HostileContents
{
    private const string Timestamp = "timestamp.json of MIRROR cannot be trusted: ";
    private const string PackageFile = "dm-worker-v8.5.0-linux-amd64.tar.gz";
    private const string Package = PackageFile + " of MIRROR cannot be trusted: ";
    private const string Component = "2.dm-worker.json of MIRROR cannot be trusted: ";

    public static IReadOnlyList<Fixture> All { get; } =
    [
        Hostile("timestamp-is-a-snapshot", "the type is the one that belongs there, whoever signed (W-01)", Timestamp + "it is of type 'snapshot' where 'timestamp' belongs", mirror =>
        {
            mirror.TimestampDraft["_type"] = "snapshot";
            mirror.PublishTimestamp();
        }),
        Hostile("index-is-a-component", "the type is the one that belongs there, whoever signed (W-01)", "2.index.json of MIRROR cannot be trusted: it is of type 'component' where 'index' belongs", mirror =>
        {
            mirror.IndexDraft["_type"] = "component";
            mirror.Publish();
        }),
        Hostile("timestamp-without-a-type", "TiUP panics before it looks at a signature (W-07)", Timestamp + "it is of type '' where 'timestamp' belongs", mirror =>
        {
            mirror.TimestampDraft.Remove("_type");
            mirror.PublishTimestamp();
        }),
        Hostile("timestamp-with-trailing-data", "a second document behind the first", Timestamp + "it is not JSON (it begins with '{\"signatures\":[{\"keyid\":')", mirror =>
            mirror.Files["timestamp.json"] = [.. mirror.Files["timestamp.json"], .. "{}"u8]),
        Hostile("timestamp-with-two-signed-parts", "which one is verified, and which one is read?", Timestamp + "it is not JSON (it begins with '{\"signatures\":[{\"keyid\":')", mirror =>
        {
            var text = Encoding.UTF8.GetString(mirror.Files["timestamp.json"]);
            mirror.Files["timestamp.json"] = Encoding.UTF8.GetBytes(text[..^1] + ""","signed":{"_type":"timestamp"}}""");
        }),
        Hostile("timestamp-of-nested-arrays", "a thousand brackets", Timestamp + "it is not JSON (it begins with '[[[[[[[[[[[[[[[[[[[[[[[[')", mirror => mirror.Files["timestamp.json"] = Encoding.ASCII.GetBytes(new string('[', 1000))),
        Hostile("timestamp-signature-by-half-a-letter", "half of a surrogate pair where a key id belongs, before anything is verified", Timestamp + "it is not JSON (it begins with '{\"signatures\":[{\"keyid\":')", mirror =>
            mirror.Files["timestamp.json"] = """{"signatures":[{"keyid":"\ud800","sig":""}],"signed":{}}"""u8.ToArray()),
        Hostile("timestamp-with-a-huge-version", "more than 64 bits", Timestamp + "'version' is 1000000000000000000000000000000, and must be a whole number from 0 on", mirror =>
        {
            mirror.TimestampDraft["version"] = JsonNode.Parse("1e30");
            mirror.SignTimestamp();
        }),
        Hostile("package-url-leaves-the-mirror", "a path (W-19)", Component + "the url of v8.5.0 on linux/amd64 is '/../../evil.tar.gz', which is no file of the mirror", mirror =>
        {
            mirror.Package()["url"] = "/../../evil.tar.gz";
            mirror.Publish();
        }),
        Hostile("version-is-a-path", "it would be a directory (W-19)", Component + "'../../v8.5.0' is not a version; versions look like v8.5.0 or nightly", mirror =>
        {
            mirror.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!["../../v8.5.0"] = mirror.Package().DeepClone();
            mirror.Publish();
        }),
        Hostile("component-url-leaves-the-mirror", "a path (W-19)", "2.index.json of MIRROR cannot be trusted: component 'dm-worker' with the url '/../dm-worker.json' would be stored over another file", mirror =>
        {
            mirror.IndexDraft["components"]!["dm-worker"]!["url"] = "/../dm-worker.json";
            mirror.Publish();
        }),
        Hostile("component-of-an-unknown-owner", "nobody's", "2.index.json of MIRROR cannot be trusted: component dm-worker has the owner 'nobody', whom it does not know", mirror =>
        {
            mirror.IndexDraft["components"]!["dm-worker"]!["owner"] = "nobody";
            mirror.Publish();
        }),
        Hostile("package-without-a-hash", "nothing to check it with", Component + "it has no SHA-256 for v8.5.0 on linux/amd64", mirror =>
        {
            mirror.Package()["hashes"] = new JsonObject();
            mirror.Publish();
        }),
        Hostile("package-with-other-bytes", "as long as the signed one", Package + "its SHA-256 is HASH and should be HASH", mirror => mirror.Files[PackageFile] = [.. mirror.Files[PackageFile].Select(letter => (byte)(letter ^ 1))]),
        Hostile("package-longer-than-signed", "a few bytes behind the signed ones (W-17)", Package + "it has 434 bytes and should have 430", mirror => mirror.Files[PackageFile] = [.. mirror.Files[PackageFile], .. "more"u8]),
        Hostile("package-cut-short", "the end is missing (W-17)", Package + "it has 429 bytes and should have 430", mirror => mirror.Files[PackageFile] = mirror.Files[PackageFile][..^1]),
        Hostile("package-with-another-sha512", "SHA-256 fits, SHA-512 does not (W-17)", Package + "its SHA-512 is HASH and should be HASH", mirror =>
        {
            mirror.Package()["hashes"]!["sha512"] = new string('0', 128);
            mirror.Publish();
        }),
        Hostile("package-missing", "signed, and not there", "MIRROR has no dm-worker-v8.5.0-linux-amd64.tar.gz, though its manifest of dm-worker names it", mirror => mirror.Files.Remove(PackageFile, out _)),
        Hostile("package-withdrawn", "not for new use", "dm-worker v8.5.0 was withdrawn from MIRROR; choose another version (`mirror list dm-worker`)", mirror =>
        {
            mirror.Package()["yanked"] = true;
            mirror.Publish();
        }),
        Hostile("component-withdrawn", "not for new use", "component dm-worker was withdrawn from MIRROR", mirror =>
        {
            mirror.IndexDraft["components"]!["dm-worker"]!["yanked"] = true;
            mirror.Publish();
        }),
    ];
}
