using TiupDmNet.Mirror.Inspection;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing.Intake;

namespace TiupDmNet.Mirror.Publishing.Cloning;

/// <summary>Chooses what a clone takes from a mirror. Reads manifests, and no package.</summary>
internal sealed class CloneSelection(MirrorClient mirror, CloneRequest request)
{
    private const string All = "all";
    private const string Latest = "latest";
    private const string Nightly = "nightly";
    private const string Master = "dm-master";
    private const int MostNamed = 5;

    /// <summary>What makes a cluster's hosts visible, and TiUP itself: taken where the mirror has it. (pingcap/tiup components/dm, pkg/cluster/spec/monitoring.go)</summary>
    private static readonly string[] Companions = ["node_exporter", "blackbox_exporter", "tiup", "dm"];

    private readonly Dictionary<string, SourceComponent> _read = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];
    private readonly List<string> _notes = [];

    public IReadOnlyList<string> Notes => _notes;

    /// <exception cref="MirrorException">The mirror lacks something, or breaks a rule.</exception>
    public async Task<IReadOnlyList<SelectedComponent>> ChooseAsync(CancellationToken cancellation)
    {
        var index = await mirror.GetIndexAsync(cancellation).ConfigureAwait(false);
        var selected = new List<SelectedComponent>();
        foreach (var want in request.Full ? [.. index.Components.Keys.Select(id => new Want(id, [All], IsNeeded: false))] : await WantedAsync(index, cancellation).ConfigureAwait(false))
        {
            if (!index.Components.ContainsKey(want.Component))
            {
                Miss(want, $"{want.Component} (there is no such component)");
                continue;
            }

            var source = await ReadAsync(want.Component, cancellation).ConfigureAwait(false);
            var items = request.Platforms.SelectMany(platform => Choose(want, source, platform)).Distinct().ToList();
            if (items.Count > 0)
            {
                NoteWithdrawn(source, items);
                selected.Add(new SelectedComponent(source, items));
            }
        }

        RefuseMissing();
        return selected.Count > 0
            ? selected
            : throw new MirrorException(MirrorFailure.NotFound, $"{mirror.Address} has nothing of what was asked for on {string.Join(", ", request.Platforms)}");
    }

    private async Task<SourceComponent> ReadAsync(string id, CancellationToken cancellation)
    {
        if (!_read.TryGetValue(id, out var source))
        {
            _read[id] = source = await mirror.ReadComponentAsync(id, cancellation).ConfigureAwait(false);
        }

        return source;
    }

    private async Task<IReadOnlyList<Want>> WantedAsync(IndexManifest index, CancellationToken cancellation)
    {
        var wanted = new SortedDictionary<string, Want>(StringComparer.Ordinal);
        if (request.Versions.Count > 0 || request.Components.Count == 0)
        {
            foreach (var version in request.Versions.Count > 0 ? request.Versions : [Latest])
            {
                // One version for all of a cluster, whatever is the newest of each component.
                var exact = version == Latest && index.Components.ContainsKey(Master) ? await LatestMasterAsync(cancellation).ConfigureAwait(false) : version;
                foreach (var need in DmClusterNeeds.Of(exact))
                {
                    Add(new Want(need.Component, [need.Version ?? Latest], IsNeeded: true));
                }
            }

            foreach (var id in Companions)
            {
                Add(new Want(id, [Latest], IsNeeded: false));
            }
        }

        foreach (var (id, versions) in request.Components)
        {
            wanted[id] = new Want(id, versions.Count > 0 ? versions : request.Versions.Count > 0 ? request.Versions : [Latest], IsNeeded: true);
        }

        return [.. wanted.Values];

        void Add(Want want) => wanted[want.Component] = wanted.TryGetValue(want.Component, out var other)
            ? want with { Versions = [.. other.Versions.Union(want.Versions, StringComparer.Ordinal)] }
            : want;
    }

    private async Task<string> LatestMasterAsync(CancellationToken cancellation)
    {
        var source = await ReadAsync(Master, cancellation).ConfigureAwait(false);
        return new VersionChoice(source.Manifest, null, request.Platforms[0], source.Listing.Yanked, mirror.Address).Require(withdrawnToo: false).Version.Text;
    }

    private IEnumerable<VersionItem> Choose(Want want, SourceComponent source, Platform platform) => want.Versions.SelectMany(version =>
    {
        var found = Find(source, version, platform);
        if (found.Count == 0 && version != All)
        {
            Miss(want, $"{want.Component} {version} for {platform}");
        }

        return found;
    });

    private IReadOnlyList<VersionItem> Find(SourceComponent source, string version, Platform platform)
    {
        var onPlatform = source.Manifest.On(platform);
        if (version == All)
        {
            return onPlatform;
        }

        if (request.Prefix && version is not (Latest or Nightly))
        {
            return [.. onPlatform.Where(item => !item.Yanked && !item.Version.IsNightly && BeginsWith(item.Version.Text, version))];
        }

        try
        {
            // A version that was withdrawn stays what it was for those who run it: the clone says of it what the source says.
            var latest = version == Latest;
            var choice = new VersionChoice(source.Manifest, latest ? null : version, platform, source.Listing.Yanked, mirror.Address);
            return [choice.Require(withdrawnToo: !latest)];
        }
        catch (MirrorException error) when (error.Failure == MirrorFailure.NotFound)
        {
            return [];
        }
    }

    /// <summary>"v8.5" begins v8.5.1 and v8.5-x, but not v8.50.0.</summary>
    private static bool BeginsWith(string version, string beginning) => version == beginning
        || (version.StartsWith(beginning, StringComparison.Ordinal) && (!char.IsAsciiLetterOrDigit(version[beginning.Length]) || beginning[^1] is '.' or '-'));

    private void Miss(Want want, string what)
    {
        if (want.IsNeeded && !request.SkipMissing)
        {
            _missing.Add(what);
        }
        else if (!request.Full)
        {
            _notes.Add($"left out, because {mirror.Address} does not have it: {what}");
        }
    }

    private void RefuseMissing()
    {
        if (_missing.Count > 0)
        {
            var more = _missing.Count > MostNamed ? $" and {_missing.Count - MostNamed} more" : "";
            throw new MirrorException(
                MirrorFailure.NotFound,
                $"{mirror.Address} lacks what the clone needs: {string.Join("; ", _missing.Take(MostNamed))}{more}; choose other versions or platforms, or leave out what is not there with --skip-missing");
        }
    }

    private void NoteWithdrawn(SourceComponent source, IReadOnlyList<VersionItem> items)
    {
        if (request.Full)
        {
            return;
        }

        if (source.Listing.Yanked)
        {
            _notes.Add($"{source.Id} was withdrawn as a whole, and will be so in the clone");
        }

        var withdrawn = items.Where(item => item.Yanked).Select(item => item.Version.Text).Distinct().ToList();
        if (withdrawn.Count > 0)
        {
            _notes.Add($"{source.Id} {string.Join(", ", withdrawn)} was withdrawn, and will be so in the clone");
        }
    }

    /// <param name="IsNeeded">Without it the clone would be of no use.</param>
    private sealed record Want(string Component, IReadOnlyList<string> Versions, bool IsNeeded);
}
