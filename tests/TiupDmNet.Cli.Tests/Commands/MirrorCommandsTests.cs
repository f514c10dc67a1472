using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

/// <summary>A mirror that these commands make, fill and read.</summary>
public sealed class MirrorCommandsTests(PublishedMirror published) : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly TestApp _app = new();

    private string Mirror => published.Path;

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Makes_fills_uses_and_reads_a_mirror()
    {
        var root = JObject.Parse(File.ReadAllText(Path.Combine(Mirror, "root.json")));
        var keys = ((JObject)root["signed"]!["roles"]!["root"]!["keys"]!).Properties().Select(key => key.Name).Order(StringComparer.Ordinal);

        var set = await _app.RunAsync("mirror", "set", Mirror, "--root", Path.Combine(Mirror, "root.json"));

        Assert.Equal(
            new Ran(0, "", $"root of {Mirror}, from {Mirror}/root.json: version 1, good until {root["signed"]!.Value<DateTime>("expires"):yyyy-MM-dd}, 3 of 3 keys\n{string.Concat(keys.Select(key => $"  {key}\n"))}mirror is {Mirror} now\n"),
            set);
        Assert.Equal(Mirror + "\n", (await _app.RunAsync("mirror", "show")).Output);
        Assert.Equal(new Ran(0, "Name       Owner  Note\n----       -----  ----\ndm-worker  dba\n", ""), await _app.RunAsync("mirror", "list"));

        var versions = await _app.RunAsync("mirror", "list", "dm-worker");
        Assert.Matches(@"^Version  Released +Platforms    Note\n-------  -------- +---------    ----\nv8\.5\.0   \S+  linux/amd64\n$", versions.Output);

        var json = JObject.Parse((await _app.RunAsync("mirror", "list", "dm-worker", "--format", "json")).Output);
        Assert.Equal((1, "v8.5.0", "dm-worker/dm-worker"), (json.Value<int>("schema"), json["versions"]![0]!.Value<string>("version")!, json["versions"]![0]!.Value<string>("entry")!));
    }

    [Fact]
    public async Task Downloads_a_verified_package_and_prints_where_it_is()
    {
        await _app.RunAsync("mirror", "set", Mirror);
        Directory.CreateDirectory(_app.Directory["out"]);

        var first = await _app.RunAsync("mirror", "download", "dm-worker", "v8.5.0", "--os", "linux", "--arch", "amd64", "-o", _app.Directory["out"]);
        var again = await _app.RunAsync("package", "download", "dm-worker", "--arch", "x86_64", "-o", _app.Directory["out"]);

        var file = _app.Directory["out/dm-worker-v8.5.0-linux-amd64.tar.gz"];
        Assert.Equal(new Ran(0, file + "\n", $"downloaded and verified against {Mirror}\n"), first);
        Assert.Equal(new Ran(0, file + "\n", $"already there, and verified against {Mirror}\n"), again);
        Assert.Equal(File.ReadAllBytes(published.Package), File.ReadAllBytes(file));
    }

    [Fact]
    public async Task Downloads_several_packages_at_a_time()
    {
        var mirror = published.CopyTo(_app.Directory["copy"]);
        await _app.RunAsync("mirror", "set", mirror);
        var publish = await _app.RunAsync("mirror", "publish", "dm-worker", "v8.5.1", published.Package, "dm-worker/dm-worker", "--os", "linux", "--arch", "amd64");
        Directory.CreateDirectory(_app.Directory["out"]);

        var ran = await _app.RunAsync("mirror", "download", "dm-worker:v8.5.1", "dm-worker:v8.5.0", "--arch", "amd64", "--jobs", "2", "-o", _app.Directory["out"], "--format", "json");

        Assert.Equal((0, 0), (publish.ExitCode, ran.ExitCode));
        Assert.Equal(["v8.5.1", "v8.5.0"], JObject.Parse(ran.Output)["packages"]!.Select(package => package.Value<string>("version")));
        Assert.Equal(2, Directory.GetFiles(_app.Directory["out"], "*.tar.gz").Length);
    }

    [Fact]
    public async Task A_package_that_was_changed_on_the_mirror_is_refused()
    {
        var copy = published.CopyTo(_app.Directory["copy"]);
        await _app.RunAsync("mirror", "set", copy);
        var served = Path.Combine(copy, "dm-worker-v8.5.0-linux-amd64.tar.gz");
        var bytes = File.ReadAllBytes(served);
        bytes[^1] ^= 1;
        File.WriteAllBytes(served, bytes);

        var ran = await _app.RunAsync("mirror", "download", "dm-worker", "v8.5.0", "--arch", "amd64", "-o", _app.Directory["x.tar.gz"]);

        Assert.Equal((3, ""), (ran.ExitCode, ran.Output));
        Assert.StartsWith("Error: ", ran.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_app.Directory["x.tar.gz"]));
    }

    [Fact]
    public async Task Another_root_needs_reset()
    {
        await _app.RunAsync("mirror", "set", Mirror);
        var other = _app.Directory["other"];
        await _app.RunAsync("mirror", "init", other);

        var refused = await _app.RunAsync("mirror", "set", other);
        var reset = await _app.RunAsync("mirror", "set", other, "--reset");

        Assert.Equal(3, refused.ExitCode);
        Assert.EndsWith($"Error: this profile trusts another root, which does not vouch for that of {other}; compare the keys, then say --reset to trust this one instead\n", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, reset.ExitCode);
        Assert.Equal(other + "\n", (await _app.RunAsync("mirror", "show")).Output);
    }

    [Fact]
    public async Task Old_files_are_shown_before_they_are_removed()
    {
        var copy = published.CopyTo(_app.Directory["copy"]);
        foreach (var file in Directory.GetFiles(copy))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-40));
        }

        var nobody = await _app.RunAsync("mirror", "gc", "--mirror", copy);
        var shown = await _app.RunAsync("mirror", "gc", "--mirror", copy, "--dry-run");
        var removed = await _app.RunAsync("mirror", "gc", "--mirror", copy, "-y", "--format", "json");
        var nothing = await _app.RunAsync("mirror", "gc", "--mirror", copy, "-y");

        Assert.Equal((2, "Error: there is no terminal to ask for confirmation on; say --yes to go on without being asked\n"), (nobody.ExitCode, nobody.Error.Split("See")[0]));
        Assert.Equal(0, shown.ExitCode);
        Assert.Matches(@"^File +Size +Since +Why\n[- ]+\n1\.index\.json +\S+ \w+ +\d{4}-\d\d-\d\d  2\.index\.json has replaced it\n", shown.Output);
        Assert.All(JObject.Parse(removed.Output)["files"]!, file => Assert.True(file.Value<bool>("removed")));
        Assert.Equal(new Ran(0, "", $"0 files of no use in {copy}, 0 B\n"), nothing);
        Assert.Equal(["3.index.json"], Directory.GetFiles(copy, "*.index.json").Select(Path.GetFileName));
    }

    [Fact]
    public async Task Another_address_of_the_mirror_is_tried_when_the_first_cannot_be_reached()
    {
        await _app.RunAsync("mirror", "set", Mirror);
        _app.Environment["TIUP_MIRRORS"] = _app.Directory["unplugged"];
        _app.Environment["DMPATCH_MIRROR_FALLBACK"] = $"{_app.Directory["gone"]}, {Mirror}";

        var ran = await _app.RunAsync("mirror", "list");

        Assert.Equal((0, ""), (ran.ExitCode, ran.Error));
        Assert.Contains("dm-worker", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_certificates_that_is_none_is_named()
    {
        await _app.RunAsync("mirror", "set", Mirror);
        _app.Environment["TIUP_MIRRORS"] = "https://127.0.0.1:9/";
        _app.Environment["DMPATCH_MIRROR_CA"] = _app.Directory["ca.pem"];

        var ran = await _app.RunAsync("mirror", "list");

        Assert.Equal(3, ran.ExitCode);
        Assert.StartsWith($"Error: cannot read the certificates in {_app.Directory["ca.pem"]}: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TIUP_MIRRORS_is_used_instead_of_the_profile()
    {
        _app.Environment["TIUP_MIRRORS"] = "/somewhere/else";

        Assert.Equal("/somewhere/else\n", (await _app.RunAsync("mirror", "show")).Output);
    }

    [Fact]
    public async Task Without_a_trusted_root_nothing_is_read()
    {
        var ran = await _app.RunAsync("mirror", "list");

        Assert.Equal((3, ""), (ran.ExitCode, ran.Output));
        Assert.StartsWith("Error: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_elsewhere_cannot_be_changed_from_here()
    {
        _app.Environment["TIUP_MIRRORS"] = "https://mirror.example/";

        var ran = await _app.RunAsync("mirror", "grant", "dba");

        Assert.Equal(new Ran(2, "", "Error: the mirror in use, https://mirror.example/, is no directory on this machine; say which one to change with --mirror <directory>\n"), ran);
    }

    [Theory]
    [InlineData("mirror set", "Error: the argument <address> is missing\n")]
    [InlineData("mirror download dm-master dm-worker dmctl", "Error: write several packages as <component>:<version>, such as dm-master:v8.5.0\n")]
    [InlineData("mirror download dm-master:", "Error: 'dm-master:' does not name a package; write <component>:<version>, such as dm-worker:v8.5.0\n")]
    [InlineData("mirror download a:v1.0.0 b:v1.0.0 -o /nowhere", "Error: with several packages, --output names a directory that exists, and /nowhere is none\n")]
    [InlineData("mirror modify dm-worker", "Error: say what to change, with --desc, --owner, --standalone or --hide\n")]
    [InlineData("mirror verify", "Error: say which version of DM with --version, or which components with --component\n")]
    [InlineData("mirror download dm-worker --os Linux", "Error: 'Linux' is not an operating system; write linux or darwin\n")]
    public async Task Wrong_usage_exits_with_2(string line, string error) => Assert.Equal(new Ran(2, "", error), await _app.RunAsync(line.Split(' ')));

    [Fact]
    public async Task Status_lists_every_manifest_and_is_content_with_a_fresh_mirror()
    {
        await _app.RunAsync("mirror", "set", Mirror);

        var ran = await _app.RunAsync("mirror", "status", "--components");

        Assert.Equal((0, ""), (ran.ExitCode, ran.Error));
        Assert.StartsWith($"Mirror: {Mirror}\nManifest   Version  Expires            Days left  Signatures  Keys\n", ran.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^timestamp  3        \d{4}-\d\d-\d\d \d\d:\d\dZ  (29|30)         1 of 1      [0-9a-f]{12}$", ran.Output);
        Assert.Matches(@"(?m)^dm-worker  1        \d{4}-\d\d-\d\d \d\d:\d\dZ  18\d\d       1 of 1      [0-9a-f]{12}$", ran.Output);
    }

    [Fact]
    public async Task Status_ends_with_5_when_something_expires_soon()
    {
        await _app.RunAsync("mirror", "set", Mirror);

        var ran = await _app.RunAsync("mirror", "status", "--warn-days", "31", "--format", "json");

        Assert.Equal(5, ran.ExitCode);
        var document = JObject.Parse(ran.Output);
        Assert.False(document.Value<bool>("good"));
        Assert.Equal(["timestamp", "snapshot"], document["manifests"]!.Where(manifest => manifest.Value<bool>("soon")).Select(manifest => manifest.Value<string>("name")));
        Assert.Matches(@"^Warning: (timestamp|snapshot) expires \(\d{4}-\d\d-\d\d \d\d:\d\dZ\); renew it with `mirror refresh` where its keys are\n", ran.Error);
    }

    [Fact]
    public async Task Verify_says_what_a_cluster_would_miss()
    {
        await _app.RunAsync("mirror", "set", Mirror);

        var whole = await _app.RunAsync("mirror", "verify", "--version", "v8.5.0", "--arch", "amd64", "--format", "json");
        var one = await _app.RunAsync("mirror", "verify", "--component", "dm-worker", "--arch", "amd64", "--packages");

        Assert.Equal((5, $"{Mirror} lacks 5 of 6 packages\n"), (whole.ExitCode, whole.Error));
        Assert.Equal(
            ["dm-master no", "dm-worker yes", "dmctl no", "prometheus no", "grafana no", "alertmanager no"],
            JObject.Parse(whole.Output)["packages"]!.Select(package => $"{package["component"]} {(package["problem"]!.Type == JTokenType.Null ? "yes" : "no")}"));
        Assert.Equal((0, $"{Mirror} has all of it\n"), (one.ExitCode, one.Error));
        Assert.Matches(@"^Component  Version  Platform     Size +State\n.+\ndm-worker  v8\.5\.0   linux/amd64  \d+ B +good\n$", one.Output);
    }

    [Theory]
    [InlineData("--packages", "dm-worker-v8.5.0-linux-amd64.tar.gz: ")]
    [InlineData("", "good")]
    public async Task Verify_finds_a_package_with_other_content_only_where_it_reads_it(string packages, string state)
    {
        var copy = published.CopyTo(_app.Directory["copy"]);
        await _app.RunAsync("mirror", "set", copy);
        var served = Path.Combine(copy, "dm-worker-v8.5.0-linux-amd64.tar.gz");
        var bytes = File.ReadAllBytes(served);
        bytes[^1] ^= 1;
        File.WriteAllBytes(served, bytes);

        var ran = await _app.RunAsync(["mirror", "verify", "--component", "dm-worker", "--arch", "amd64", .. packages.Length > 0 ? [packages] : Array.Empty<string>()]);

        Assert.Equal(packages.Length > 0 ? 5 : 0, ran.ExitCode);
        Assert.Contains($"  {state}", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_finds_a_package_that_is_missing_or_cut()
    {
        var copy = published.CopyTo(_app.Directory["copy"]);
        await _app.RunAsync("mirror", "set", copy);
        var served = Path.Combine(copy, "dm-worker-v8.5.0-linux-amd64.tar.gz");
        var length = new FileInfo(served).Length;

        File.WriteAllBytes(served, File.ReadAllBytes(served)[..100]);
        var cut = await _app.RunAsync("mirror", "verify", "--component", "dm-worker", "--arch", "amd64");
        File.Delete(served);
        var missing = await _app.RunAsync("mirror", "verify", "--component", "dm-worker", "--arch", "amd64");

        Assert.Contains($"  dm-worker-v8.5.0-linux-amd64.tar.gz has 100 bytes and should have {length}\n", cut.Output, StringComparison.Ordinal);
        Assert.Contains($"  {copy} has no dm-worker-v8.5.0-linux-amd64.tar.gz, though its manifest of dm-worker names it\n", missing.Output, StringComparison.Ordinal);
        Assert.Equal((5, 5), (cut.ExitCode, missing.ExitCode));
    }

    [Fact]
    public async Task Withdraws_refreshes_and_takes_back()
    {
        var copy = published.CopyTo(_app.Directory["copy"]);
        await _app.RunAsync("mirror", "set", copy);

        var yank = await _app.RunAsync("mirror", "yank", "dm-worker", "v8.5.0");
        var refused = await _app.RunAsync("mirror", "download", "dm-worker", "v8.5.0", "--arch", "amd64", "-o", _app.Directory["x"]);
        var unyank = await _app.RunAsync("mirror", "unyank", "dm-worker", "v8.5.0");
        var refresh = await _app.RunAsync("mirror", "refresh", "--mirror", copy);
        var rotate = await _app.RunAsync("mirror", "rotate", "--mirror", copy);
        var download = await _app.RunAsync("mirror", "download", "dm-worker", "v8.5.0", "--arch", "amd64", "-o", _app.Directory["x"]);

        Assert.Matches(@"^root 2 is good until \d{4}-\d\d-\d\d \d\d:\d\dZ\n  root: 3 of ", rotate.Error);
        Assert.Equal(new Ran(0, "", "dm-worker v8.5.0 was withdrawn\n"), yank);
        Assert.Equal(new Ran(3, "", $"Error: dm-worker v8.5.0 was withdrawn from {copy}; choose another version (`mirror list dm-worker`)\n"), refused);
        Assert.Equal(new Ran(0, "", "dm-worker v8.5.0 may be installed again\n"), unyank);
        Assert.Equal(new Ran(0, "", "refreshed\n"), refresh);
        Assert.Equal(0, download.ExitCode);
    }

    [Fact]
    public async Task What_changes_a_mirror_or_the_profile_is_on_record()
    {
        await _app.RunAsync("mirror", "set", Mirror);
        await _app.RunAsync("mirror", "show");
        await _app.RunAsync("mirror", "list");

        Assert.Equal(["mirror grant dba", "mirror init", "mirror publish dm-worker"], published.Audit.Select(line => line.Split(" /")[0].Split(" v8")[0].Split(" --")[0]).Order(StringComparer.Ordinal));
        Assert.Equal($"dotnet-dm-patch mirror set {Mirror.Replace("/", "%2F", StringComparison.Ordinal)}", File.ReadLines(Assert.Single(Directory.GetFiles(_app.AuditDirectory))).First());
    }
}
