using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Server;

/// <summary>The stand-in for tiup-server refuses what that refuses, with its statuses and bodies.</summary>
public sealed class StandInTests : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private ServedMirrorHarness _mirror = null!;

    public async ValueTask InitializeAsync() => _mirror = await ServedMirrorHarness.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _mirror.DisposeAsync();
    }

    [Theory]
    [InlineData("root")]
    [InlineData("index")]
    [InlineData("snapshot")]
    [InlineData("timestamp")]
    public async Task The_names_of_roles_are_forbidden(string name) =>
        Assert.Equal("403 {\"status\":\"FORBIDDEN\",\"message\":\"permission denied\"}", await CommitAsync(name, Encoding.UTF8.GetBytes("{}")));

    [Fact]
    public async Task What_is_no_JSON_is_an_unknown_error() =>
        Assert.StartsWith("400 {\"status\":\"UNKNOWN_ERROR\",", await CommitAsync("dm-worker", Encoding.UTF8.GetBytes("<html>")), StringComparison.Ordinal);

    [Fact]
    public async Task Another_type_of_manifest_is_invalid() => Assert.Equal(
        "400 {\"status\":\"INVALID MANIFEST\",\"message\":\"the manifest content is not valid\"}", await CommitAsync("dm-worker", Golden.Read("snapshot.json")));

    [Fact]
    public async Task A_manifest_that_does_not_follow_the_present_one_is_a_conflict() => Assert.Equal(
        "409 {\"status\":\"MANIFEST CONFLICT\",\"message\":\"the manifest provided is not new enough\"}", await CommitAsync("dm-worker", Golden.Read("14.dm-worker.json")));

    [Fact]
    public async Task A_manifest_of_a_stranger_is_forbidden() => Assert.Equal(
        "403 {\"status\":\"FORBIDDEN\",\"message\":\"permission denied\"}", await CommitAsync("dm-worker", Next(RepositorySimulator.Stranger)));

    [Fact]
    public async Task A_manifest_without_a_package_is_legal() => Assert.Equal("204 ", await CommitAsync("dm-worker", Next(await OwnerAsync())));

    [Fact]
    public async Task A_manifest_with_a_field_that_Go_does_not_know_loses_its_signature() =>
        Assert.StartsWith("403 ", await CommitAsync("dm-worker", Next(await OwnerAsync(), draft => draft["name"] = "x")), StringComparison.Ordinal);

    [Fact]
    public async Task A_package_that_the_manifest_does_not_name_is_invalid()
    {
        var session = Guid.NewGuid();
        Assert.Equal("204 ", await UploadAsync(session, "file", "other.tar.gz"));

        Assert.Equal("400 {\"status\":\"INVALID TARBALL\",\"message\":\"the tarball content is not valid\"}", await CommitAsync("dm-worker", Next(await OwnerAsync()), session));
    }

    [Fact]
    public async Task A_session_is_used_once()
    {
        var session = Guid.NewGuid();
        Assert.Equal("204 ", await UploadAsync(session, "file", "a.tar.gz"));

        Assert.Equal("500 {\"status\":\"INTERNAL ERROR\",\"message\":\"an internal error happened\"}", await UploadAsync(session, "file", "a.tar.gz"));
    }

    [Theory]
    [InlineData("tarball", "a.tar.gz")]
    [InlineData("file", "../a.tar.gz")]
    public async Task A_form_with_other_names_is_refused(string field, string fileName) =>
        Assert.StartsWith("400 {\"status\":\"STRICT\",", await UploadAsync(Guid.NewGuid(), field, fileName), StringComparison.Ordinal);

    [Fact]
    public async Task What_is_no_form_is_an_invalid_package()
    {
        using var content = new ByteArrayContent([1, 2, 3]);

        Assert.Equal("400 {\"status\":\"INVALID TARBALL\",\"message\":\"the tarball content is not valid\"}", await PostAsync($"tarball/{Guid.NewGuid()}", content));
    }

    [Theory]
    [InlineData("tarball/1")]
    [InlineData("tarball/00000000-0000-0000-0000-000000000000")]
    public async Task A_session_is_a_random_UUID(string path)
    {
        using var content = new ByteArrayContent([]);

        Assert.StartsWith("400 {\"status\":\"STRICT\",", await PostAsync(path, content), StringComparison.Ordinal);
    }

    private static byte[] Next(PrivateKey key, Action<JsonObject>? change = null)
    {
        var draft = JsonNode.Parse(Golden.Read("14.dm-worker.json"))!["signed"]!.AsObject();
        draft["version"] = 15;
        change?.Invoke(draft);
        return Drafts.Sign(draft, [key]);
    }

    private async Task<PrivateKey> OwnerAsync() => PrivateKey.TryRead(await File.ReadAllBytesAsync(Path.Combine(_mirror.AllKeys, "owner-pingcap.json")))!;

    private async Task<string> UploadAsync(Guid session, string field, string fileName)
    {
        using var part = new ByteArrayContent([1, 2, 3]);
        part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{field}\"", FileName = $"\"{fileName}\"" };
        using var form = new MultipartFormDataContent { part };
        return await PostAsync($"tarball/{session}", form);
    }

    private async Task<string> CommitAsync(string name, byte[] manifest, Guid? session = null)
    {
        using var content = new ByteArrayContent(manifest) { Headers = { ContentType = new MediaTypeHeaderValue("text/json") } };
        return await PostAsync($"component/{session ?? Guid.NewGuid()}/{name}", content);
    }

    private async Task<string> PostAsync(string path, HttpContent content)
    {
        using var response = await _client.PostAsync(new Uri($"{_mirror.Server.Address}api/v1/{path}"), content);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }
}
