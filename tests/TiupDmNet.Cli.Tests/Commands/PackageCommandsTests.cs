using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

public sealed class PackageCommandsTests : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly PublishedMirror _mirror;
    private readonly TestApp _app = new();

    public PackageCommandsTests(PublishedMirror mirror)
    {
        _mirror = mirror;
        PublishedMirror.WritePackage(Base);
        File.WriteAllBytes(New, TestBinary.Bytes("v8.5.1"));
        File.SetUnixFileMode(New, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    private string Base => _app.Directory["base.tar.gz"];

    private string New => _app.Directory["dm-worker"];

    private string Output => _app.Directory["dm-worker-hotfix-linux-amd64.tar.gz"];

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Builds_from_a_package_and_a_binary_and_prints_where_it_is()
    {
        var ran = await _app.RunAsync("package", "build", "--component", "dm-worker", "--arch", "amd64", "--base", Base, "--replace", $"dm-worker/dm-worker={New}", "-o", _app.Directory.Path);

        Assert.Equal(new Ran(0, Output + "\n", ""), ran);
        Assert.Equal(["dm-worker/conf/worker.toml", "dm-worker/dm-worker"], Members(Output));
    }

    [Fact]
    public async Task Builds_from_the_verified_package_on_the_mirror()
    {
        await _app.RunAsync("mirror", "set", _mirror.Path);

        var ran = await _app.RunAsync("package", "build", "--component", "dm-worker", "--version", "v8.5.0", "--os", "linux", "--arch", "amd64", "--replace", $"dm-worker/dm-worker={New}", "-o", Output);

        Assert.Equal(new Ran(0, Output + "\n", $"from dm-worker-v8.5.0-linux-amd64.tar.gz, verified against {_mirror.Path}\n"), ran);
        Assert.Equal(["dm-worker/conf/worker.toml", "dm-worker/dm-worker"], Members(Output));
    }

    [Fact]
    public async Task Splits_a_bundle_into_a_package_per_component()
    {
        var bundle = _app.Directory["dm-linux-amd64.tar.gz"];
        using (var file = File.Create(bundle))
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach (var component in (string[])["dm-master", "dm-worker"])
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"bin/{component}") { Mode = (UnixFileMode)Convert.ToInt32("755", 8), DataStream = new MemoryStream(TestBinary.Bytes(component)) });
            }
        }

        var ran = await _app.RunAsync("package", "build", "--bundle", bundle, "--version", "v8.5.0", "-o", _app.Directory.Path);

        Assert.Equal(new Ran(0, $"{_app.Directory["dm-master-hotfix-linux-amd64.tar.gz"]}\n{Output}\n", ""), ran);
        Assert.Equal(["dm-worker/dm-worker"], Members(Output));
    }

    [Fact]
    public async Task Inspect_tells_what_decides_whether_a_package_can_be_used()
    {
        var ran = await _app.RunAsync("package", "inspect", Base);

        var build = Convert.ToHexStringLower(SHA256.HashData(TestBinary.Bytes("v8.5.0")));
        var sha = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Base)));
        Assert.Equal(
            $"""
            Package:    {Base} ({new FileInfo(Base).Length} B, unpacked 132 B)
            SHA-256:    {sha}
            Component:  dm-worker
            Entry:      dm-worker/dm-worker, as TiUP expects it
            Platform:   linux/amd64, static
            Build:      {build}

            Mode        Size   Member
            ----        ----   ------
            -rwxr-xr-x  126 B  dm-worker/dm-worker
            -rw-r--r--  6 B    dm-worker/conf/worker.toml

            """,
            ran.Output);
    }

    [Fact]
    public async Task Inspect_knows_a_raw_binary()
    {
        var ran = await _app.RunAsync("package", "inspect", New);

        var build = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(New)));
        Assert.Equal(new Ran(0, $"Binary:     {New} (126 B)\nPlatform:   linux/amd64, static\nBuild:      {build}\n", ""), ran);
    }

    [Fact]
    public async Task Inspect_speaks_JSON()
    {
        var document = JObject.Parse((await _app.RunAsync("package", "inspect", Base, "--format", "json")).Output);

        Assert.Equal(["schema", "path", "component", "entry", "canonical", "sha256", "sha1", "size", "unpackedSize", "executable", "members"], document.Properties().Select(property => property.Name));
        Assert.Equal(("dm-worker/dm-worker", "file", "0755"), (document["members"]![0]!.Value<string>("path")!, document["members"]![0]!.Value<string>("kind")!, document["members"]![0]!.Value<string>("mode")!));
    }

    [Theory]
    [InlineData("package build", "say which component to build with --component, or which archive to split with --bundle")]
    [InlineData("package build --component dm-worker", "nothing is to be replaced; say what with --replace dm-worker/dm-worker=<file>")]
    [InlineData("package build --component grafana", "nothing is to be replaced; say what with --replace bin/grafana-server=<file>")]
    [InlineData("package build --component dm-worker --replace ./dm-worker", "--replace takes <member>=<file>, such as dm-worker/dm-worker=./dm-worker, not './dm-worker'")]
    [InlineData("package build --bundle x.tar.gz --replace a=b", "--bundle takes every file from the archive; leave --replace, --add and --base out")]
    [InlineData("package build --bundle x.tar.gz --version new/er", "'new/er' is not a version; versions look like v8.5.0 or nightly")]
    [InlineData("package build --bundle x.tar.gz -o /nowhere", "with --bundle, --output names a directory that exists, and /nowhere is none")]
    public async Task Wrong_usage_exits_with_2(string line, string error) => Assert.Equal(new Ran(2, "", $"Error: {error}\n"), await _app.RunAsync(line.Split(' ')));

    [Fact]
    public async Task What_is_no_package_is_refused()
    {
        File.WriteAllText(_app.Directory["text"], "hello");

        var ran = await _app.RunAsync("package", "inspect", _app.Directory["text"]);

        Assert.Equal((3, ""), (ran.ExitCode, ran.Output));
        Assert.StartsWith("Error: ", ran.Error, StringComparison.Ordinal);
    }

    private static List<string> Members(string package)
    {
        using var gzip = new GZipStream(File.OpenRead(package), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        var names = new List<string>();
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType == TarEntryType.RegularFile)
            {
                names.Add(entry.Name);
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }
}
