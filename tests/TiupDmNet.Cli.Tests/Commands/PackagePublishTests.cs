using System.Formats.Tar;
using System.IO.Compression;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;
using TiupServerDouble;

namespace TiupDmNet.Cli.Tests.Commands;

/// <summary><c>package build --publish</c>: from a binary to a version that plain TiUP can install.</summary>
public sealed class PackagePublishTests : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly TestApp _app = new();
    private readonly MirrorCopy _mirror;

    public PackagePublishTests(PublishedMirror published)
    {
        _mirror = new MirrorCopy(published, _app);
        PublishedMirror.WritePackage(Base);
        File.WriteAllBytes(New, TestBinary.Bytes("v8.5.0, repaired"));
        File.SetUnixFileMode(New, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    private string Base => _app.Directory["base.tar.gz"];

    private string New => _app.Directory["dm-worker"];

    private string Output => _app.Directory["dm-worker-hotfix-linux-amd64.tar.gz"];

    private string Bundle => _app.Directory["dm-linux-amd64.tar.gz"];

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task A_hotfix_of_the_mirrors_package_becomes_a_version_that_is_not_the_latest()
    {
        await _app.RunAsync("mirror", "set", _mirror.Path);

        var ran = await BuildAsync("--version", "v8.5.0", "--arch", "amd64");

        Assert.Equal((0, Output + "\n"), (ran.ExitCode, ran.Output));
        Assert.Equal($"from dm-worker-v8.5.0-linux-amd64.tar.gz, verified against {_mirror.Path}\npublished dm-worker v8.5.0-hotfix.1 for linux/amd64 ({Sha256(Output)})\n", ran.Error);
        await DownloadsAsync("dm-worker", "v8.5.0-hotfix.1", Output);
        await _app.RunAsync("mirror", "download", "dm-worker", "--arch", "amd64", "-o", _app.Directory["latest"]);
        Assert.NotEqual(Sha256(Output), Sha256(_app.Directory["latest"]));
    }

    [Fact]
    public async Task A_hotfix_is_published_through_a_server()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);

        var ran = await BuildAsync("--base", Base, "--key-dir", _mirror.Keys);

        Assert.Equal(new Ran(0, Output + "\n", $"published dm-worker v8.5.0-hotfix.1 for linux/amd64 ({Sha256(Output)})\n"), ran);
        Assert.Equal(["tarball", "component dm-worker"], server.Calls);
        await DownloadsAsync("dm-worker", "v8.5.0-hotfix.1", Output);
    }

    [Fact]
    public async Task Both_packages_of_a_bundle_are_published()
    {
        WriteBundle();
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);

        var ran = await _app.RunAsync(
            "package", "build", "--bundle", Bundle, "--version", "v8.5.0", "-o", _app.Directory.Path, "--publish", "v8.5.0-hotfix.1", "-k", _mirror.Keys, "--owner", "dba", "--format", "json");

        Assert.Equal(0, ran.ExitCode);
        var document = JObject.Parse(ran.Output);
        Assert.Equal(["schema", "packages", "published"], document.Properties().Select(property => property.Name));
        Assert.Equal(["v8.5.0", "v8.5.0"], document["packages"]!.Select(package => package.Value<string>("version")));
        Assert.Equal(
            [$"{server.Address} dm-master v8.5.0-hotfix.1 linux/amd64 dm-master/dm-master", $"{server.Address} dm-worker v8.5.0-hotfix.1 linux/amd64 dm-worker/dm-worker"],
            document["published"]!.Select(item => $"{item["mirror"]} {item["component"]} {item["version"]} {item["platform"]} {item["entry"]}"));
        await DownloadsAsync("dm-master", "v8.5.0-hotfix.1", _app.Directory["dm-master-hotfix-linux-amd64.tar.gz"]);
        await DownloadsAsync("dm-worker", "v8.5.0-hotfix.1", Output);
    }

    [Fact]
    public async Task Nothing_is_published_when_the_build_fails()
    {
        var before = _mirror.Content.ToList();
        File.WriteAllText(New, "no program");

        var ran = await BuildAsync("--base", Base, "--mirror", _mirror.Path);

        Assert.Equal((3, ""), (ran.ExitCode, ran.Output));
        Assert.False(File.Exists(Output));
        Assert.Equal(before, _mirror.Content);
    }

    [Fact]
    public async Task A_version_that_is_there_is_not_replaced_and_the_package_stays()
    {
        var before = _mirror.Content.ToList();

        var ran = await BuildAsync("v8.5.0", "--base", Base, "--mirror", _mirror.Path);

        Assert.Equal(
            new Ran(3, "", $"Error: dm-worker v8.5.0 for linux/amd64 exists already; publish another version, or replace it with `mirror publish --force`; nothing was published, and {Output} stays as it was built\n"),
            ran);
        Assert.True(File.Exists(Output));
        Assert.Equal(before, _mirror.Content);
    }

    [Fact]
    public async Task Of_a_bundle_nothing_is_published_when_one_package_would_be_refused()
    {
        WriteBundle();
        var before = _mirror.Content.ToList();

        var ran = await _app.RunAsync("package", "build", "--bundle", Bundle, "-o", _app.Directory.Path, "--publish", "v8.5.0", "--mirror", _mirror.Path);

        Assert.Equal(
            $"Error: dm-worker v8.5.0 for linux/amd64 exists already; publish another version, or replace it with `mirror publish --force`; nothing was published, and {_app.Directory["dm-master-hotfix-linux-amd64.tar.gz"]} and {Output} stay as they were built\n",
            ran.Error);
        Assert.Equal(before, _mirror.Content);
    }

    [Fact]
    public async Task When_a_server_fails_the_package_stays()
    {
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);
        server.OnUpload(UploadFault.TooLarge);

        var ran = await BuildAsync("--base", Base, "--key-dir", _mirror.Keys);

        Assert.Equal(
            new Ran(3, "", $"Error: {server.Address} does not take a package of this size: the server answered 413 Payload Too Large; {Output} stays as it was built, for `mirror publish`\n"), ran);
        Assert.True(File.Exists(Output));
    }

    [Fact]
    public async Task When_a_server_fails_in_the_middle_of_a_bundle_it_says_what_is_published()
    {
        WriteBundle();
        await using var server = await _mirror.ServeAsync();
        await _app.RunAsync("mirror", "set", server.Address);
        server.OnUpload(UploadFault.None);
        server.OnUpload(UploadFault.TooLarge);

        var ran = await _app.RunAsync("package", "build", "--bundle", Bundle, "-o", _app.Directory.Path, "--publish", "v8.5.0-hotfix.1", "-k", _mirror.Keys);

        Assert.Equal((1, ""), (ran.ExitCode, ran.Output));
        Assert.EndsWith(
            $"Error: {server.Address} does not take a package of this size: the server answered 413 Payload Too Large; dm-master v8.5.0-hotfix.1 is published; {Output} stays as it was built, for `mirror publish`\n",
            ran.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_for_another_platform_than_was_asked_for_is_not_published()
    {
        var arm = TestBinary.Bytes("arm");
        arm[18] = 183;
        File.WriteAllBytes(New, arm);
        await _app.RunAsync("mirror", "set", _mirror.Path);
        var before = _mirror.Content.ToList();

        var ran = await BuildAsync("--version", "v8.5.0", "--arch", "amd64");

        Assert.Equal(3, ran.ExitCode);
        Assert.Equal(before, _mirror.Content);
        Assert.EndsWith($"Error: {Output} is for linux/arm64, and linux/amd64 was asked for; nothing was published, and {Output} stays as it was built\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publication_is_on_record()
    {
        await BuildAsync("--base", Base, "--mirror", _mirror.Path);

        Assert.StartsWith("dotnet-dm-patch package build --component dm-worker --publish v8.5.0-hotfix.1 ", File.ReadLines(Assert.Single(Directory.GetFiles(_app.AuditDirectory))).First(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--mirror /x")]
    [InlineData("--key-dir /x")]
    [InlineData("--owner dba")]
    public async Task Where_to_publish_means_nothing_without_a_version(string options) => Assert.Equal(
        new Ran(2, "", "Error: --mirror, --key-dir and --owner say where --publish puts a package; say as which version with --publish v8.5.0-hotfix.1\n"),
        await _app.RunAsync(["package", "build", "--component", "dm-worker", "--replace", "a=b", .. options.Split(' ')]));

    [Fact]
    public async Task A_version_that_TiUP_could_not_order_is_refused_before_anything_is_built()
    {
        var ran = await BuildAsync("hotfix", "--base", Base, "--mirror", _mirror.Path);

        Assert.Equal(new Ran(3, "", "Error: 'hotfix' is not a version to publish; write it as v8.5.0 or v8.5.0-hotfix.1\n"), ran);
        Assert.False(File.Exists(Output));
    }

    private Task<Ran> BuildAsync(params string[] options) => options[0].StartsWith('-')
        ? BuildAsync(["v8.5.0-hotfix.1", .. options])
        : _app.RunAsync(["package", "build", "--component", "dm-worker", "--publish", options[0], "--replace", $"dm-worker/dm-worker={New}", "-o", Output, .. options[1..]]);

    private async Task DownloadsAsync(string component, string version, string expected)
    {
        var target = _app.Directory[$"{component}-{version}"];
        Assert.Equal(0, (await _app.RunAsync("mirror", "download", component, version, "--arch", "amd64", "-o", target)).ExitCode);
        Assert.Equal(Sha256(expected), Sha256(target));
    }

    private void WriteBundle()
    {
        using var file = File.Create(Bundle);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        foreach (var component in (string[])["dm-master", "dm-worker"])
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"bin/{component}") { Mode = (UnixFileMode)Convert.ToInt32("755", 8), DataStream = new MemoryStream(TestBinary.Bytes(component)) });
        }
    }

    private static string Sha256(string path) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
}
