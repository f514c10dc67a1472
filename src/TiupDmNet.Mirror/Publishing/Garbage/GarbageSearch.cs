using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing.Garbage;

/// <summary>
/// Finds what a mirror no longer needs: manifests that were replaced, packages that only those name, and what interrupted runs have left. A file that it
/// cannot explain is not its business, and roots stay for ever: new clients walk through all of them.
/// </summary>
/// <param name="edit">The mirror, verified.</param>
/// <param name="cutoff">What was of use later than this stays: a client may still hold a snapshot of that time.</param>
internal sealed partial class GarbageSearch(MirrorEdit edit, string directory, DateTimeOffset cutoff)
{
    private readonly Dictionary<string, FileInfo> _files = new DirectoryInfo(directory).GetFiles().ToDictionary(file => file.Name, StringComparer.Ordinal);

    /// <summary>Packages first: whoever is cut off in the middle finds the rest the next time.</summary>
    public IReadOnlyList<GarbageFile> Find()
    {
        var manifests = Manifests().ToList();
        var (old, kept) = (manifests.Where(manifest => manifest.Since < cutoff).ToList(), manifests.Where(manifest => manifest.Since >= cutoff).ToList());
        var needed = kept.SelectMany(manifest => Packages(manifest.File) ?? []).ToHashSet(StringComparer.Ordinal);
        var unreadable = kept.Where(manifest => Packages(manifest.File) is null).Select(manifest => manifest.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. _files.Values.Where(file => Changed(file) < cutoff && !needed.Contains(file.Name) && Owner(file.Name) is { } id && !unreadable.Contains(id))
                .Select(file => Garbage(file, Changed(file), "no manifest names it")),
            .. old.Select(manifest => Garbage(manifest.File, manifest.Since, $"{manifest.By} has replaced it")),
            .. _files.Values.Where(file => Changed(file) < cutoff && Leftover().IsMatch(file.Name)).Select(file => Garbage(file, Changed(file), "an interrupted run has left it")),
        ];
    }

    private static DateTimeOffset Changed(FileInfo file) => file.LastWriteTimeUtc;

    private static GarbageFile Garbage(FileInfo file, DateTimeOffset since, string why) => new(file.Name, file.Length, since, why);

    /// <summary>Of the index and of every component that it names, with the time from which on another has been the current one.</summary>
    private IEnumerable<Manifest> Manifests()
    {
        foreach (var id in edit.CurrentIndex.Components.Keys.Append(RoleNames.Index))
        {
            var current = edit.NextVersion(id) - 1;
            var versions = _files.Keys.Select(name => VersionOf(name, id)).Where(version => version > 0 && version <= current).Order().ToList();
            foreach (var (i, version) in versions.Index())
            {
                var file = _files[RoleNames.Versioned(version, id + ".json")];
                if (i + 1 == versions.Count)
                {
                    yield return new Manifest(id, file, version == current ? DateTimeOffset.MaxValue : Changed(file), "");
                }
                else
                {
                    var next = _files[RoleNames.Versioned(versions[i + 1], id + ".json")];
                    yield return new Manifest(id, file, Changed(next), next.Name);
                }
            }
        }
    }

    private static long VersionOf(string name, string id) =>
        name.EndsWith($".{id}.json", StringComparison.Ordinal) && long.TryParse(name[..^(id.Length + ".json".Length + 1)], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    /// <summary>The component whose package a file is, by the name that publishers give it; null for all else.</summary>
    private string? Owner(string name) => edit.CurrentIndex.Components.Keys.FirstOrDefault(id =>
        name.StartsWith(id + "-", StringComparison.Ordinal)
        && Package().Match(name[(id.Length + 1)..]) is { Success: true } match
        && TiupVersion.TryParse(match.Groups["version"].Value, out _));

    /// <summary>Every file that a manifest names, whether clients look at it or not; null if it cannot be read.</summary>
    private static HashSet<string>? Packages(FileInfo manifest)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(manifest.FullName))?["signed"] is not JsonObject signed ? null : (signed["platforms"]?.AsObject() ?? [])
                .SelectMany(platform => platform.Value?.AsObject() ?? [])
                .Select(item => ((string?)item.Value?["url"] ?? "").TrimStart('/'))
                .ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(?<version>.+?)-[a-z0-9]+-[a-z0-9]+(-[0-9a-f]{12})?\.tar\.gz\z")]
    private static partial Regex Package();

    [GeneratedRegex(@"\.tar\.gz\.part(\.json)?\z")]
    private static partial Regex Leftover();

    private sealed record Manifest(string Id, FileInfo File, DateTimeOffset Since, string By);
}
