using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing.Intake;

/// <summary>
/// What becomes of a mirror while components of other mirrors are taken into it. It is worked out twice: to be shown, and under the mirror's
/// lock, on what the mirror is by then. Nothing is written before <see cref="PutAsync"/>.
/// </summary>
internal sealed class MirrorIntake
{
    private readonly MirrorEdit? _edit;
    private readonly DateTimeOffset _now;
    private readonly JsonObject _index;
    private readonly JsonObject _indexBefore;
    private readonly SortedDictionary<string, ComponentIntake> _components = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _newOwners = new(StringComparer.Ordinal);

    /// <param name="edit">Null for a mirror that is yet to be made.</param>
    public MirrorIntake(MirrorEdit? edit, DateTimeOffset now)
    {
        (_edit, _now) = (edit, now);
        _index = edit?.Index ?? Drafts.Index(now);
        _indexBefore = _index.DeepClone().AsObject();
    }

    public IReadOnlyList<Incoming> Packages => [.. _components.Values.SelectMany(component => component.Packages)];

    public bool HasChanged => HasIndexChanged || _components.Values.Any(component => component.HasChanged);

    /// <summary>By component, platform and version.</summary>
    public IReadOnlyList<MirrorChange> Changes => [.. _components.Values.SelectMany(ChangesOf)];

    /// <summary>What the mirror says of a component; null when it has none of that id.</summary>
    public JsonObject? Listing(string id) => _index["components"]![id] as JsonObject;

    public ComponentIntake? Component(string id) => _components.GetValueOrDefault(id);

    /// <summary>The component of this mirror into which one of another mirror goes.</summary>
    public async Task<ComponentIntake> OpenAsync(string id, CancellationToken cancellation)
    {
        if (!_components.TryGetValue(id, out var component))
        {
            var present = _edit is null ? null : await _edit.ReadComponentAsync(id, cancellation).ConfigureAwait(false);
            _components[id] = component = new ComponentIntake(id, present, _now);
        }

        return component;
    }

    /// <summary>Lists a component that is new here under an owner, who is made if there is none of that id.</summary>
    public JsonObject List(SourceComponent source, string? owner = null)
    {
        if (Listing(source.Id) is { } listed)
        {
            return listed;
        }

        var listing = Drafts.IndexItem(source.Id, owner ?? source.Listing.Owner);
        (listing["standalone"], listing["hidden"]) = (source.Listing.Standalone, source.Listing.Hidden);
        _index["components"]![source.Id] = listing;
        RequireOwner(owner ?? source.Listing.Owner, owner ?? source.OwnerName);
        return listing;
    }

    /// <summary>Gives a component to another owner.</summary>
    public void Own(string id, string owner, string ownerName)
    {
        Listing(id)!["owner"] = owner;
        RequireOwner(owner, ownerName);
    }

    /// <summary>Before anything is fetched: can this change be signed?</summary>
    /// <exception cref="MirrorException">Keys are missing.</exception>
    public void RequireKeys(KeyRing keys)
    {
        if (_edit is null || !HasChanged)
        {
            return;
        }

        foreach (var role in (string[])[RoleNames.Snapshot, RoleNames.Timestamp])
        {
            keys.For(_edit.CurrentRoot.Role(role));
        }

        if (HasIndexChanged)
        {
            keys.For(_edit.CurrentRoot.Role(RoleNames.Index));
        }

        foreach (var owner in ToSign.Select(OwnerOf).Distinct().Where(owner => !_newOwners.ContainsKey(owner)))
        {
            keys.For(_edit.CurrentIndex.Owners[owner]);
        }
    }

    /// <summary>Signs what has changed and hands it to the edit, which is not committed yet.</summary>
    public async Task PutAsync(KeyRing keys, CancellationToken cancellation)
    {
        var edit = _edit ?? throw new InvalidOperationException("a mirror is made before it is filled");
        var owners = new Dictionary<string, RoleKeys>(edit.CurrentIndex.Owners, StringComparer.Ordinal);
        foreach (var (id, name) in _newOwners)
        {
            var (key, _) = await keys.GenerateAsync(id, cancellation).ConfigureAwait(false);
            owners[id] = new RoleKeys(id, new Dictionary<string, PublicKey>(StringComparer.Ordinal) { [key.Id] = key }, 1);
            _index["owners"]![id] = Drafts.Owner(name, key);
        }

        if (HasIndexChanged)
        {
            edit.PutIndex();
        }

        foreach (var component in ToSign)
        {
            edit.PutComponent(component.Id, component.Draft, owners[OwnerOf(component)]);
        }
    }

    private bool HasIndexChanged => _newOwners.Count > 0 || !JsonNode.DeepEquals(_indexBefore, _index);

    /// <summary>A component that changes hands is signed anew by the new ones.</summary>
    private IEnumerable<ComponentIntake> ToSign => _components.Values.Where(component => component.HasChanged || HasMoved(component.Id));

    private void RequireOwner(string id, string name)
    {
        if (_edit?.CurrentIndex.Owners.ContainsKey(id) != true)
        {
            _newOwners.TryAdd(id, name);
        }
    }

    private string OwnerOf(ComponentIntake component) => (string)Listing(component.Id)!["owner"]!;

    private bool HasMoved(string id) => _indexBefore["components"]![id] is { } before && (string?)before["owner"] != (string?)Listing(id)?["owner"];

    private IEnumerable<MirrorChange> ChangesOf(ComponentIntake component)
    {
        var (before, after) = (_indexBefore["components"]![component.Id], Listing(component.Id));
        if (before is null && after is not null)
        {
            yield return new MirrorChange(MirrorChangeKind.Added, component.Id, null, null, "");
        }
        else if (HasMoved(component.Id))
        {
            yield return new MirrorChange(MirrorChangeKind.Updated, component.Id, null, null, $"owner is {(string?)after!["owner"]}");
        }
        else if (!JsonNode.DeepEquals(before, after))
        {
            yield return new MirrorChange(MirrorChangeKind.Updated, component.Id, null, null, (bool?)after!["yanked"] == true ? "withdrawn" : "listed anew");
        }

        foreach (var change in component.Changes())
        {
            yield return change;
        }
    }
}
