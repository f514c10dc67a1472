using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

/// <summary><c>mirror modify</c>, <c>yank</c>, <c>unyank</c> in a directory and through a server, and what they and <c>init</c> and <c>refresh</c> say in JSON.</summary>
public sealed class MirrorChangeTests : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly TestApp _app = new();
    private readonly MirrorCopy _mirror;

    public MirrorChangeTests(PublishedMirror published) => _mirror = new MirrorCopy(published, _app);

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Changes_what_a_directory_says_of_a_component()
    {
        await _app.RunAsync("mirror", "set", _mirror.Path);

        var hide = await _app.RunAsync("mirror", "modify", "dm-worker", "--hide", "--desc", "The worker");
        var list = await _app.RunAsync("mirror", "list");
        var show = await _app.RunAsync("mirror", "modify", "dm-worker", "--hide=false", "--standalone", "true");

        Assert.Equal(new Ran(0, "", "changed dm-worker: hidden, described as \"The worker\"\n"), hide);
        Assert.DoesNotContain("dm-worker", list.Output, StringComparison.Ordinal);
        Assert.Equal(new Ran(0, "", "changed dm-worker: listed, standalone\n"), show);
        Assert.Contains("dm-worker", (await _app.RunAsync("mirror", "list")).Output, StringComparison.Ordinal);
        Assert.Equal("The worker", JObject.Parse((await _app.RunAsync("mirror", "list", "dm-worker", "--format", "json")).Output).Value<string>("description"));
    }

    [Fact]
    public async Task Changes_it_through_a_server()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);

        var ran = await _app.RunAsync("mirror", "modify", "dm-worker", "--hide", "--desc", "The worker", "--key-dir", _mirror.Keys, "--format", "json");

        Assert.Equal((0, "changed dm-worker: hidden, described as \"The worker\"\n"), (ran.ExitCode, ran.Error));
        Assert.Equal(
            new JObject
            {
                ["schema"] = 1,
                ["mirror"] = server.Address,
                ["component"] = "dm-worker",
                ["owner"] = "dba",
                ["hidden"] = true,
                ["standalone"] = false,
                ["yanked"] = false,
                ["description"] = "The worker",
            },
            JObject.Parse(ran.Output),
            JToken.DeepEquals);
    }

    [Fact]
    public async Task Withdraws_a_version_through_a_server_and_takes_that_back()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);

        var yank = await _app.RunAsync("mirror", "yank", "dm-worker", "v8.5.0", "--mirror", server.Address, "--key-dir", _mirror.Keys);
        var refused = await _app.RunAsync("mirror", "download", "dm-worker", "v8.5.0", "--arch", "amd64", "-o", _app.Directory["x"]);
        var unyank = await _app.RunAsync("mirror", "unyank", "dm-worker", "v8.5.0", "--mirror", server.Address, "--key-dir", _mirror.Keys, "--format", "json");

        Assert.Equal(new Ran(0, "", "dm-worker v8.5.0 was withdrawn\n"), yank);
        Assert.Equal(3, refused.ExitCode);
        Assert.Equal((0, "dm-worker v8.5.0 may be installed again\n"), (unyank.ExitCode, unyank.Error));
        var document = JObject.Parse(unyank.Output);
        Assert.Equal((server.Address, "dm-worker", "v8.5.0", false), (document.Value<string>("mirror"), document.Value<string>("component"), document.Value<string>("version"), document.Value<bool>("yanked")));
    }

    [Fact]
    public async Task Withdraws_a_whole_component_through_a_server()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);

        var yank = await _app.RunAsync("mirror", "yank", "dm-worker", "--key-dir", _mirror.Keys, "--format", "json");

        Assert.Equal((0, "dm-worker was withdrawn\n"), (yank.ExitCode, yank.Error));
        Assert.Equal((JTokenType.Null, true), (JObject.Parse(yank.Output)["version"]!.Type, JObject.Parse(yank.Output).Value<bool>("yanked")));
        Assert.DoesNotContain("dm-worker", (await _app.RunAsync("mirror", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_says_what_it_could_not_lengthen()
    {
        var ran = await _app.RunAsync("mirror", "refresh", "--mirror", _mirror.Path, "--within-days", "400", "--format", "json");

        Assert.Equal(0, ran.ExitCode);
        Assert.Matches(@"^refreshed\nWarning: root is good only until \d{4}-\d\d-\d\d \d\d:\d\dZ and was not lengthened: `mirror rotate` makes the next one\n$", ran.Error);
        var document = JObject.Parse(ran.Output);
        Assert.Equal((_mirror.Path, "root"), (document.Value<string>("mirror"), Assert.Single(document["notLengthened"]!).Value<string>("name")));
    }

    [Fact]
    public async Task Init_says_which_keys_the_root_has()
    {
        var ran = await _app.RunAsync("mirror", "init", _app.Directory["new"], "--format", "json");

        Assert.Equal(0, ran.ExitCode);
        var document = JObject.Parse(ran.Output);
        Assert.Equal((1, _app.Directory["new"], _app.Directory["new-keys"]), (document.Value<int>("schema"), document.Value<string>("mirror"), document.Value<string>("keyDirectory")));
        Assert.Equal((1, 3, 3), (document["root"]!.Value<int>("version"), document["root"]!.Value<int>("threshold"), document["root"]!["keys"]!.Count()));
    }

    [Fact]
    public async Task Set_says_which_root_is_trusted_now()
    {
        var ran = await _app.RunAsync("mirror", "set", _mirror.Path, "--format", "json");

        Assert.Equal(0, ran.ExitCode);
        var document = JObject.Parse(ran.Output);
        Assert.Equal(["schema", "mirror", "root", "rootFrom", "replaced"], document.Properties().Select(property => property.Name));
        Assert.Equal((_mirror.Path, _mirror.Path + "/root.json", false), (document.Value<string>("mirror"), document.Value<string>("rootFrom"), document.Value<bool>("replaced")));
        Assert.Equal(["version", "expires", "threshold", "keys"], ((JObject)document["root"]!).Properties().Select(property => property.Name));
    }
}
