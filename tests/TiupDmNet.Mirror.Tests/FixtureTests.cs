using System.Text.Json;
using System.Text.RegularExpressions;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.MirrorFixtures;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests;

/// <summary>The committed mirrors of mirror-fixtures/good and mirror-fixtures/hostile, each read by the whole client from its trust on up to a package.</summary>
public sealed partial class FixtureTests : IDisposable
{
    private static readonly string Committed = Path.Combine(Repository.Root, "mirror-fixtures");
    private static readonly Dictionary<string, JsonElement> Fixtures = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Committed, FixtureFiles.List)))
        .RootElement.EnumerateArray().ToDictionary(fixture => fixture.GetProperty("name").GetString()!);

    private readonly TempDirectory _directory = new();

    public static TheoryData<string> Names => [.. Fixtures.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_client_does_with_a_mirror_over_HTTP_what_the_list_says(string name)
    {
        await using var server = TestServer.OfDirectory(_directory["mirror"]);
        await ReadAsync(name, server.Address);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_client_does_with_a_mirror_in_a_directory_what_the_list_says(string name) => ReadAsync(name, _directory["mirror"]);

    [Fact]
    public void The_committed_files_are_what_the_program_makes()
    {
        var made = FixtureFiles.Make();
        var committed = FixtureFiles.Directories.SelectMany(name => Directory.EnumerateFiles(Path.Combine(Committed, name), "*", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Committed, path)).Append(FixtureFiles.List);

        Assert.Equal(made.Keys, committed.Order(StringComparer.Ordinal));
        Assert.All(made, file => Assert.True(file.Value.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Committed, file.Key))), $"{file.Key}; `dotnet run --project tests/MirrorFixtures` makes it again"));
    }

    public void Dispose() => _directory.Dispose();

    private async Task ReadAsync(string name, string address)
    {
        var fixture = Fixtures[name];
        var time = new FixedTime(fixture.GetProperty("clock").GetDateTimeOffset());
        var settings = new MirrorSettings { Home = MirrorHarness.HomeAt(_directory["home"]), Attempts = 1 };
        if (fixture.TryGetProperty("after", out var before))
        {
            Serve(before.GetString()!);
            await new MirrorProfile(settings, time).SetAsync(address);
            await UseAsync(settings, time);
        }

        Serve(name);
        var error = await Record.ExceptionAsync(async () =>
        {
            await new MirrorProfile(settings, time).SetAsync(address);
            await UseAsync(settings, time);
        });

        var does = error switch
        {
            null => "accept",
            MirrorException => Hash().Replace(error.Message.Replace(address, "MIRROR", StringComparison.Ordinal).Replace(address.TrimEnd('/'), "MIRROR", StringComparison.Ordinal), "HASH"),
            _ => error.ToString(),
        };
        var must = fixture.GetProperty("must").GetString();
        Assert.True(must == does, $"must: {must}\ndoes: {does}");
        Assert.Equal(error is null ? [_directory["out/dm-worker-v8.5.0-linux-amd64.tar.gz"]] : [], Directory.EnumerateFiles(_directory["out"]));
    }

    private async Task UseAsync(MirrorSettings settings, TimeProvider time)
    {
        using var client = new MirrorClient(settings, time);
        await client.DownloadAsync("dm-worker", "v8.5.0", Platform.Parse("linux/amd64"), _directory["out/"]);
    }

    /// <summary>Puts a fixture where the mirror is.</summary>
    private void Serve(string name)
    {
        foreach (var directory in (string[])[_directory["mirror"], _directory["out"]])
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }

            Directory.CreateDirectory(directory);
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(Committed, name)))
        {
            File.Copy(file, Path.Combine(_directory["mirror"], Path.GetFileName(file)));
        }
    }

    [GeneratedRegex(@"\b([0-9a-f]{64}|[0-9a-f]{128})\b")]
    private static partial Regex Hash();
}
