using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

/// <summary><c>mirror show</c>: one line for scripts, the rest for people.</summary>
public sealed class ShowCommandTests(PublishedMirror published) : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly TestApp _app = new();

    private string Config => Path.Combine(_app.Home, "tiup.toml");

    private string Anchor => Path.Combine(_app.Home, "bin", "root.json");

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Prints_the_address_alone_and_says_what_is_trusted_beside_it()
    {
        await _app.RunAsync("mirror", "set", published.Path);

        var ran = await _app.RunAsync("mirror", "show");

        Assert.Equal((0, published.Path + "\n"), (ran.ExitCode, ran.Output));
        Assert.Matches(
            $@"^the address is from {Config}\ntrusted: root 1, good until \d{{4}}-\d\d-\d\d \d\d:\d\dZ \(36[45] days left\), 3 of 3 keys: [0-9a-f]{{12}} [0-9a-f]{{12}} [0-9a-f]{{12}}\n$", ran.Error);
    }

    [Fact]
    public async Task Says_all_of_it_in_one_document()
    {
        await _app.RunAsync("mirror", "set", published.Path);

        var document = JObject.Parse((await _app.RunAsync("mirror", "show", "--format", "json")).Output);

        Assert.Equal(
            ["schema", "address", "source", "configFile", "profileAddress", "otherAddresses", "root", "problem", "pins"], document.Properties().Select(property => property.Name));
        Assert.Equal((published.Path, "tiup.toml", JTokenType.Null), (document.Value<string>("address"), document.Value<string>("source"), document["problem"]!.Type));
        Assert.Equal(["version", "expires", "daysLeft", "threshold", "keys"], ((JObject)document["root"]!).Properties().Select(property => property.Name));
        Assert.Equal((1, 3, 3), (document["root"]!.Value<int>("version"), document["root"]!.Value<int>("threshold"), document["root"]!["keys"]!.Count()));
    }

    [Fact]
    public async Task Needs_no_mirror_to_say_it()
    {
        var mirror = published.CopyTo(_app.Directory["copy"]);
        await _app.RunAsync("mirror", "set", mirror);
        Directory.Delete(mirror, recursive: true);

        Assert.Contains("trusted: root 1,", (await _app.RunAsync("mirror", "show")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Knows_the_root_that_was_taken_over_after_the_first()
    {
        var mirror = published.CopyTo(_app.Directory["copy"]);
        await _app.RunAsync("mirror", "set", mirror);
        Assert.Equal(0, (await _app.RunAsync("mirror", "rotate", "--mirror", mirror)).ExitCode);
        Assert.Equal(0, (await _app.RunAsync("mirror", "list")).ExitCode);

        Assert.Contains("trusted: root 2,", (await _app.RunAsync("mirror", "show")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_trusted_root_it_says_so_and_is_content()
    {
        var ran = await _app.RunAsync("mirror", "show");
        var document = JObject.Parse((await _app.RunAsync("mirror", "show", "--format", "json")).Output);

        var problem = $"no root is trusted yet ({Anchor} does not exist); `mirror set https://tiup-mirrors.pingcap.com/` shows that of the mirror and trusts it";
        Assert.Equal(new Ran(0, "https://tiup-mirrors.pingcap.com/\n", $"the address is the default, for {Config} names none\n{problem}\n"), ran);
        Assert.Equal((problem, "default", JTokenType.Null), (document.Value<string>("problem"), document.Value<string>("source"), document["root"]!.Type));
    }

    [Fact]
    public async Task Says_that_the_trusted_root_is_damaged()
    {
        await _app.RunAsync("mirror", "set", published.Path);
        File.WriteAllText(Anchor, "");

        var ran = await _app.RunAsync("mirror", "show");

        Assert.Equal((0, published.Path + "\n"), (ran.ExitCode, ran.Output));
        Assert.Contains("\nthe trusted root is damaged (", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_address_is_that_of_the_environment()
    {
        await _app.RunAsync("mirror", "set", published.Path);
        _app.Environment["TIUP_MIRRORS"] = "https://mirror.example/";

        var ran = await _app.RunAsync("mirror", "show");

        Assert.Equal("https://mirror.example/\n", ran.Output);
        Assert.StartsWith($"the address is from TIUP_MIRRORS; without it {published.Path} is used\ntrusted: root 1,", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_the_roots_that_are_pinned()
    {
        var mirror = new MirrorCopy(published, _app);
        await using var server = await mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);
        File.WriteAllText(Path.Combine(_app.Home, "bin", "0123456789abcdef.root.json"), "{}");

        var ran = await _app.RunAsync("mirror", "show");

        Assert.Matches($@"(?m)^pinned for {server.Address} \([0-9a-f]{{16}}\.root\.json\): root 1, good until ", ran.Error);
        Assert.Contains("pinned for another address (0123456789abcdef.root.json): the file is no root\n", ran.Error, StringComparison.Ordinal);
    }
}
