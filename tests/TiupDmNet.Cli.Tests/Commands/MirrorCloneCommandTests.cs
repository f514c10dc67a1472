using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

/// <summary><c>mirror clone</c> and <c>mirror merge</c>, against a mirror that these commands made.</summary>
public sealed class MirrorCloneCommandTests(PublishedMirror published) : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly TestApp _app = new();

    private string Clone => _app.Directory["clone"];

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Clones_shows_what_it_does_and_has_nothing_to_do_the_second_time()
    {
        await _app.RunAsync("mirror", "set", published.Path);
        var size = Size(new FileInfo(published.Package).Length);

        var first = await CloneAsync("--yes");
        var second = await CloneAsync("--yes");

        Assert.Equal((0, "", 0, ""), (first.ExitCode, first.Output, second.ExitCode, second.Output));
        Assert.Matches(
            $"^a new clone {Clone} of {published.Path}: 1 package, 1 to fetch \\({size}\\); 2 changes\n"
                + "Component  Version  Platform     Size +Here  Change\n---------  -------  --------     ---- +----  ------\n"
                + $"dm-worker  v8\\.5\\.0   linux/amd64  {size}  no    added\ndm-worker  -        -            -  +-     new component\n"
                + "1 package verified, 1 fetched; published, good until [0-9-]{10} [0-9:]{5}Z \\(`mirror refresh` lengthens it\\)\n$",
            first.Error);
        Assert.Matches(
            $"^the clone {Clone} of {published.Path}: 1 package, all of them here; nothing changes\n(.*\n){{3}}1 package verified, 0 fetched; nothing new to publish, good until .*\n$",
            second.Error);

        await _app.RunAsync("mirror", "set", Clone, "--reset");
        Assert.Equal("Name       Owner  Note\n----       -----  ----\ndm-worker  dba\n", (await _app.RunAsync("mirror", "list")).Output);
        Assert.Equal(0, (await _app.RunAsync("mirror", "verify", "--component", "dm-worker", "--arch", "amd64", "--packages")).ExitCode);
    }

    [Fact]
    public async Task Clones_another_mirror_by_the_root_that_is_given()
    {
        var ran = await CloneAsync("--yes", "--from", published.Path, "--root", Path.Combine(published.Path, "root.json"), "--format", "json");

        var document = JObject.Parse(ran.Output);
        Assert.Equal(0, ran.ExitCode);
        Assert.Equal((1, Clone, published.Path, true, true), (document.Value<int>("schema"), document.Value<string>("mirror")!, document.Value<string>("source")!, document.Value<bool>("done"), document.Value<bool>("published")));
        Assert.Equal("dm-worker-v8.5.0-linux-amd64.tar.gz", document["packages"]!.Single().Value<string>("file"));
        Assert.Equal(["added", "added"], document["changes"]!.Select(change => change.Value<string>("kind")));
        Assert.False(Directory.Exists(Path.Combine(_app.Home, "bin")));
    }

    [Fact]
    public async Task A_dry_run_makes_nothing_and_needs_nobody_to_say_yes()
    {
        await _app.RunAsync("mirror", "set", published.Path);

        var table = await CloneAsync("--dry-run");
        var json = JObject.Parse((await CloneAsync("--dry-run", "--format", "json")).Output);

        Assert.StartsWith("Component  Version  Platform ", table.Output, StringComparison.Ordinal);
        Assert.Equal((false, new FileInfo(published.Package).Length), (json.Value<bool>("done"), json.Value<long>("bytesToFetch")));
        Assert.False(Directory.Exists(Clone));
    }

    [Fact]
    public async Task Without_anybody_to_ask_it_must_be_told_yes()
    {
        await _app.RunAsync("mirror", "set", published.Path);

        Assert.Equal(
            new Ran(2, "", "Error: there is no terminal to ask for confirmation on; say --yes to go on without being asked\n"), await CloneAsync());
        _app.Answer = "n\n";
        var no = await CloneAsync();
        Assert.Equal(3, no.ExitCode);
        Assert.EndsWith("Error: not confirmed; nothing was changed\n", no.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Clone));
    }

    [Fact]
    public async Task What_is_missing_is_refused_or_warned_of()
    {
        await _app.RunAsync("mirror", "set", published.Path);

        var refused = await _app.RunAsync("mirror", "clone", Clone, "--component", "dm-worker=v8.5.9", "--arch", "amd64", "--yes");
        var warned = await _app.RunAsync("mirror", "clone", Clone, "--component", "dm-worker=v8.5.0,v8.5.9", "--arch", "x86_64", "--skip-missing", "--dry-run");

        Assert.Equal(
            new Ran(3, "", $"Error: {published.Path} lacks what the clone needs: dm-worker v8.5.9 for linux/amd64; choose other versions or platforms, or leave out what is not there with --skip-missing\n"),
            refused);
        Assert.Contains($"Warning: left out, because {published.Path} does not have it: dm-worker v8.5.9 for linux/amd64\n", warned.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clone ./x v8.5.0 --full --yes", "--full takes everything; leave out the versions, --component and --prefix")]
    [InlineData("clone ./x --component =v8.5.0 --yes", "'=v8.5.0' names no component; write --component dm-worker=v8.5.0,v8.5.1")]
    [InlineData("clone ./x --arch s/390 --yes", "'s/390' is not an architecture; write amd64 or arm64")]
    [InlineData("merge ./a ./b --root ./a.json --mirror ./x --yes", "--root must be given once for each mirror, in their order: 2 mirrors, 1 root")]
    public async Task Words_that_do_not_go_together_are_a_usage_error(string line, string sentence)
    {
        var ran = await _app.RunAsync(["mirror", .. line.Split(' ')]);

        Assert.Equal(new Ran(2, "", $"Error: {sentence}\n"), ran);
    }

    [Fact]
    public async Task Merges_what_is_new_and_refuses_what_is_not_the_same()
    {
        var (mine, other) = (published.CopyTo(_app.Directory["mine"]), published.CopyTo(_app.Directory["other"]));
        await PublishAsync(other, "v8.5.1", published.Package);
        string[] merge = ["mirror", "merge", other, "--root", Path.Combine(other, "root.json"), "--mirror", mine, "--yes"];

        var merged = await _app.RunAsync(merge);
        var package = _app.Directory["other.tar.gz"];
        PublishedMirror.WritePackage(package);
        await PublishAsync(mine, "v8.5.2", published.Package);
        File.WriteAllBytes(package, [.. File.ReadAllBytes(package), .. new byte[32]]);
        await PublishAsync(other, "v8.5.2", package);
        var refused = await _app.RunAsync(merge);
        var kept = await _app.RunAsync([.. merge, "--on-conflict", "keep", "--format", "json"]);

        Assert.Equal((0, ""), (merged.ExitCode, merged.Output));
        Assert.StartsWith($"{other} into {mine}: 1 package, 1 to fetch (", merged.Error, StringComparison.Ordinal);
        Assert.Matches(
            $"Error: dm-worker v8\\.5\\.2 for linux/amd64: its SHA-256 is [0-9a-f]{{16}}… in {mine} and [0-9a-f]{{16}}… on {other}; "
                + $"nothing was merged: --on-conflict keep leaves what {mine} has, --on-conflict replace takes what the other has\n$",
            refused.Error);
        Assert.Equal((3, 0), (refused.ExitCode, kept.ExitCode));
        Assert.Equal("v8.5.2", JObject.Parse(kept.Output)["conflicts"]!.Single().Value<string>("version"));
        await _app.RunAsync("mirror", "set", mine);
        Assert.Contains("v8.5.1", (await _app.RunAsync("mirror", "list", "dm-worker")).Output, StringComparison.Ordinal);
    }

    private Task<Ran> CloneAsync(params string[] more) => _app.RunAsync(["mirror", "clone", Clone, "--component", "dm-worker=v8.5.0", "--arch", "amd64", .. more]);

    private async Task PublishAsync(string mirror, string version, string package)
    {
        var ran = await _app.RunAsync("mirror", "publish", "dm-worker", version, package, "dm-worker/dm-worker", "--os", "linux", "--arch", "amd64", "--mirror", mirror);
        Assert.True(ran.ExitCode == 0, ran.Error);
    }

    private static string Size(long bytes) => bytes < 1000 ? $"{bytes} B" : FormattableString.Invariant($"{bytes / 1e3:0.0} kB");
}
