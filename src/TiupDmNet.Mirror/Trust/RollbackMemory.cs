using System.Text.Json;
using System.Text.Json.Nodes;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Trust;

/// <summary>
/// The file with <see cref="SeenVersions"/>, one section for each trust anchor: two mirrors that start from the same root are the same
/// mirror, and one that is trusted anew starts from nothing. It holds no trust of its own: losing it loses only the memory.
/// </summary>
internal sealed class RollbackMemory(string path)
{
    private const int Schema = 1;

    public SeenVersions Load(string anchor)
    {
        try
        {
            return ReadAll()["anchors"]?[anchor] is JsonObject section
                ? new SeenVersions(
                    (long?)section["root"] ?? 0,
                    (long?)section["timestamp"] ?? 0,
                    (section["entries"] as JsonObject ?? []).ToDictionary(entry => entry.Key, entry => (long?)entry.Value ?? 0, StringComparer.Ordinal))
                : SeenVersions.None;
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            return SeenVersions.None;
        }
    }

    /// <summary>To be called under the profile's lock.</summary>
    public Task SaveAsync(string anchor, SeenVersions seen, CancellationToken cancellation) => WriteAsync(
        anchors => anchors[anchor] = new JsonObject
        {
            ["root"] = seen.Root,
            ["timestamp"] = seen.Timestamp,
            ["entries"] = new JsonObject(seen.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        },
        cancellation);

    /// <summary>To be called under the profile's lock.</summary>
    public Task ForgetAsync(string anchor, CancellationToken cancellation) => WriteAsync(anchors => anchors.Remove(anchor), cancellation);

    private async Task WriteAsync(Action<JsonObject> change, CancellationToken cancellation)
    {
        var all = ReadAll();
        var anchors = all["anchors"] as JsonObject ?? [];
        change(anchors);
        all["schema"] = Schema;
        if (anchors.Parent is null)
        {
            all["anchors"] = anchors;
        }

        ProfilePaths.EnsureDirectoryOf(path);
        await AtomicFile.WriteAsync(path, JsonSerializer.SerializeToUtf8Bytes(all), cancellation: cancellation).ConfigureAwait(false);
    }

    private JsonObject ReadAll()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
