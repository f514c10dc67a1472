using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

/// <summary><c>mirror publish</c>, in a directory and through a server.</summary>
public sealed class PublishCommandTests : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly PublishedMirror _published;
    private readonly TestApp _app = new();
    private readonly MirrorCopy _mirror;

    public PublishCommandTests(PublishedMirror published) => (_published, _mirror) = (published, new MirrorCopy(published, _app));

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Publishes_through_the_server_of_the_mirror_in_use_with_the_keys_in_TIUP_HOME()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);
        Directory.CreateDirectory(Path.Combine(_app.Home, "keys"));
        File.Copy(Directory.GetFiles(_mirror.Keys, "*-dba.json").Single(), Path.Combine(_app.Home, "keys", "private.json"));

        var ran = await PublishAsync("v8.5.0-hotfix.2", "--format", "json");

        Assert.Equal(0, ran.ExitCode);
        var document = JObject.Parse(ran.Output);
        Assert.Equal(["schema", "mirror", "component", "version", "platform", "file", "entry", "sha256", "length"], document.Properties().Select(property => property.Name));
        Assert.Equal((server.Address, "v8.5.0-hotfix.2", "dm-worker-v8.5.0-hotfix.2-linux-amd64.tar.gz"), (document.Value<string>("mirror"), document.Value<string>("version"), document.Value<string>("file")));
        Assert.Equal($"published dm-worker v8.5.0-hotfix.2 for linux/amd64 ({document["sha256"]})\n", ran.Error);
        Assert.Equal(0, (await _app.RunAsync("mirror", "download", "dm-worker", "v8.5.0-hotfix.2", "--arch", "amd64", "-o", _app.Directory["out"])).ExitCode);
    }

    [Fact]
    public async Task Publishes_through_a_server_that_is_named()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);
        await _app.RunAsync("mirror", "set", _mirror.Path);

        var ran = await PublishAsync("v8.5.0-hotfix.3", "--mirror", server.Address, "--key-dir", _mirror.Keys);

        Assert.Equal((0, ""), (ran.ExitCode, ran.Output));
        Assert.Equal(["tarball", "component dm-worker"], server.Calls);
    }

    [Fact]
    public async Task Shows_how_far_an_upload_is_where_somebody_looks()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);
        _app.IsLive = true;

        var ran = await PublishAsync("v8.5.0-hotfix.4", "--key-dir", _mirror.Keys);

        Assert.StartsWith("\rdm-worker-v8.5.0-hotfix.4-linux-amd64.tar.gz  100% of ", ran.Error, StringComparison.Ordinal);
        Assert.Contains("\u001b[K\r\u001b[Kpublished dm-worker v8.5.0-hotfix.4 for linux/amd64 (", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hidden_component_is_left_out_of_lists()
    {
        await _app.RunAsync("mirror", "set", _mirror.Path);

        var ran = await _app.RunAsync("mirror", "publish", "dm-tool", "v1.0.0", _published.Package, "dm-worker/dm-worker", "--arch", "amd64", "--hide", "--standalone");

        Assert.Equal(0, ran.ExitCode);
        Assert.DoesNotContain("dm-tool", (await _app.RunAsync("mirror", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("dm-tool    dba    hidden\n", (await _app.RunAsync("mirror", "list", "--all")).Output, StringComparison.Ordinal);
    }

    private Task<Ran> PublishAsync(string version, params string[] options) =>
        _app.RunAsync(["mirror", "publish", "dm-worker", version, _published.Package, "dm-worker/dm-worker", "--arch", "amd64", .. options]);
}
