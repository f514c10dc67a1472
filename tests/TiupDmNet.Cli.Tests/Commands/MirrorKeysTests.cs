using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

/// <summary>Keys from the command line: <c>genkey</c>, <c>grant</c>, <c>rotate</c>, <c>sign</c>.</summary>
public sealed class MirrorKeysTests : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly TestApp _app = new();
    private readonly string _mirror;

    public MirrorKeysTests(PublishedMirror published) => _mirror = published.CopyTo(_app.Directory["copy"]);

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task A_publisher_makes_a_key_and_is_granted_it_by_its_public_half()
    {
        var made = await _app.RunAsync("mirror", "genkey", "--save", _app.Directory.Path, "--format", "json");
        var key = JObject.Parse(made.Output);
        var shown = await _app.RunAsync("mirror", "genkey", "--public");
        var again = await _app.RunAsync("mirror", "genkey");
        var granted = await _app.RunAsync("mirror", "grant", "support", "--key", key.Value<string>("publicFile")!, "--mirror", _mirror);

        var file = key.Value<string>("keyFile")!;
        var id = key.Value<string>("keyId")!;
        Assert.Equal(Path.Combine(_app.Directory.Path, $"{id[..16]}-public.json"), key.Value<string>("publicFile"));
        Assert.EndsWith("/keys/private.json", file, StringComparison.Ordinal);
        Assert.Equal((0, $"the key {id}\n"), (shown.ExitCode, shown.Error));
        Assert.True(JToken.DeepEquals(key["public"], JObject.Parse(shown.Output)));
        Assert.Equal((3, $"Error: {file} exists already, and a key that is overwritten is gone; take another name, or see its public half with --public\n"), (again.ExitCode, again.Error));
        Assert.Equal(new Ran(0, key.Value<string>("publicFile") + "\n", $"support may publish with the key {id}\n"), granted);
    }

    [Fact]
    public async Task A_root_goes_from_hand_to_hand_until_it_is_signed()
    {
        var draft = _app.Directory["next.json"];
        var key = JObject.Parse((await _app.RunAsync("mirror", "genkey", "--name", "root", "--save", _app.Directory.Path, "--format", "json")).Output);
        await _app.RunAsync("mirror", "set", _mirror);

        var drafted = await _app.RunAsync("mirror", "rotate", "--add-key", $"root={key["publicFile"]}", "--threshold", "root=4", "--draft", draft, "--format", "json");
        var early = await _app.RunAsync("mirror", "rotate", "--adopt", draft);
        var signed = await _app.RunAsync("mirror", "sign", draft);
        var adopted = await _app.RunAsync("mirror", "rotate", "--adopt", draft);
        var status = await _app.RunAsync("mirror", "status", "--format", "json");

        Assert.Equal((0, 3), (drafted.ExitCode, early.ExitCode));
        Assert.Single(JObject.Parse(drafted.Output)["missing"]!);
        Assert.Matches(@"\n3 of the 4 needed signatures by keys of the next root are there \(.*\); their holders sign with `mirror sign .*`\n$", drafted.Error);
        Assert.Equal(0, signed.ExitCode);
        Assert.EndsWith($", with {key["keyId"]}\n", signed.Error, StringComparison.Ordinal);
        Assert.Equal(0, adopted.ExitCode);
        Assert.Matches(@"^root 2 is good until \S+ \S+Z\n  root: 4 of ", adopted.Error);
        Assert.Equal((0, 2), (status.ExitCode, JObject.Parse(status.Output)["manifests"]!.First!.Value<int>("version")));
    }

    [Theory]
    [InlineData("--adopt takes a root as it was drafted; leave out --draft, --new-keys, --add-key, --remove-key and --threshold", "--adopt", "x.json", "--new-keys", "root")]
    [InlineData("'root' names no role; write --add-key root=<file of a key>", "--add-key", "root")]
    [InlineData("'many' is no number of signatures; write --threshold root=2", "--threshold", "root=many")]
    public async Task Refuses_what_cannot_be_meant(string refusal, params string[] line)
    {
        var ran = await _app.RunAsync(["mirror", "rotate", "--mirror", _mirror, .. line]);

        Assert.Equal(2, ran.ExitCode);
        Assert.StartsWith($"Error: {refusal}\n", ran.Error, StringComparison.Ordinal);
    }
}
