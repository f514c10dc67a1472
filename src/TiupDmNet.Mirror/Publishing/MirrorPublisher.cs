using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Publishing.Garbage;
using TiupDmNet.Mirror.Publishing.Roots;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror;

/// <summary>The key with which an owner signs.</summary>
/// <param name="KeyId">Lower-case hex SHA-256.</param>
/// <param name="KeyFile">The file of the key: the new private one, readable by its owner only, or the one that was given.</param>
public sealed record OwnerKey(string OwnerId, string KeyId, string KeyFile);

/// <summary>A manifest that will be refused from some time on.</summary>
/// <param name="Name">The role, or the component's id.</param>
public sealed record Expiring(string Name, DateTimeOffset Expires);

/// <summary>
/// Keeps a mirror in a local directory: what it writes, TiUP reads. Readers see each change whole or not at all; two publishers take
/// turns (TiUP's own honours the same lock).
/// </summary>
public sealed class MirrorPublisher : IVersionPublisher
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _directory;
    private readonly KeyRing _keys;
    private readonly TimeProvider _time;

    private MirrorPublisher(string directory, KeyRing keys, TimeProvider time) => (_directory, _keys, _time) = (directory, keys, time);

    /// <inheritdoc/>
    public string Address => _directory;

    internal KeyRing Keys => _keys;

    internal TimeProvider Time => _time;

    /// <summary>Beside the mirror, never in it: what lies in a mirror is served to the world.</summary>
    public static string DefaultKeysDirectory(string directory) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + "-keys";

    /// <summary>Makes an empty mirror with new keys: three for the root, all of which must sign, and one for each other role.</summary>
    /// <param name="directory">Must be empty, or not exist.</param>
    /// <exception cref="MirrorException">The directory holds something, or would hold the keys.</exception>
    public static async Task<MirrorPublisher> InitAsync(string directory, string keysDirectory, TimeProvider time, CancellationToken cancellation = default)
    {
        await ServedKeysCheck.RefuseAsync(directory, keysDirectory, ServedKeys.Refused, cancellation).ConfigureAwait(false);
        if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).All(ChangeJournal.IsRemnant))
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"{directory} is not empty; a new mirror needs a directory of its own");
        }

        ProfilePaths.EnsureDirectory(directory);
        ChangeJournal.Forget(directory);
        var keys = KeyRing.Create(keysDirectory);
        try
        {
            await NewMirror.WriteAsync(directory, keys, time.GetUtcNow(), cancellation).ConfigureAwait(false);
        }
        catch
        {
            keys.Dispose();
            throw;
        }

        return new MirrorPublisher(directory, keys, time);
    }

    /// <param name="keysDirectory">Null for <see cref="DefaultKeysDirectory"/>.</param>
    /// <exception cref="MirrorException">The directory is no mirror, or holds private keys.</exception>
    public static async Task<MirrorPublisher> OpenAsync(
        string directory, string? keysDirectory, TimeProvider time, ServedKeys served = ServedKeys.Refused, CancellationToken cancellation = default)
    {
        var place = ServedKeysCheck.Locate(directory, keysDirectory, served);
        await ServedKeysCheck.RefuseAsync(directory, place, served, cancellation).ConfigureAwait(false);
        var keys = await KeyRing.OpenAsync(place, cancellation).ConfigureAwait(false);
        try
        {
            var publisher = new MirrorPublisher(directory, keys, time);
            using var held = await publisher.LockAsync("open the mirror", cancellation).ConfigureAwait(false);
            await publisher.BeginAsync(cancellation).ConfigureAwait(false);
            return publisher;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Lets a new owner publish.</summary>
    /// <param name="keyFile">The owner's key, of which only the public half is used; null for a new one, which is put to the mirror's keys.</param>
    /// <exception cref="MirrorException">The owner exists, or has the name of a role, or the key is another owner's.</exception>
    public async Task<OwnerKey> GrantAsync(string ownerId, string name, string? keyFile = null, CancellationToken cancellation = default)
    {
        // TiUP keeps owners and roles in one table: an owner called "root" would lock its clients out.
        if (!RoleNames.IsSafeId(ownerId) || ownerId == RoleNames.Component)
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"'{ownerId}' cannot be the id of an owner: take letters, digits, dots and dashes, and not the name of a role");
        }

        return await ChangeAsync($"grant {ownerId}", async edit =>
        {
            if (edit.CurrentIndex.Owners.ContainsKey(ownerId))
            {
                throw new MirrorException(MirrorFailure.NotConfigured, $"owner {ownerId} exists already");
            }

            var (key, file) = keyFile is null
                ? await _keys.GenerateAsync(ownerId, cancellation).ConfigureAwait(false)
                : ((await KeyFile.ReadKeyAsync(keyFile, cancellation).ConfigureAwait(false)).Key, keyFile);
            if (edit.CurrentIndex.Owners.Values.FirstOrDefault(owner => owner.Keys.Values.Any(known => known.Id == key.Id)) is { } other)
            {
                throw new MirrorException(MirrorFailure.NotConfigured, $"the key {key.Id[..16]} is that of {other.Name} already; each owner has keys of their own");
            }

            edit.Index["owners"]!.AsObject()[ownerId] = Drafts.Owner(name, key);
            edit.PutIndex();
            return new OwnerKey(ownerId, key.Id, file);
        }, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task CheckAsync(Publication publication, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var version = await PublicationCheck.RequireAsync(publication, cancellation).ConfigureAwait(false);
        using var held = await LockAsync($"check {publication.Component} {version}", cancellation).ConfigureAwait(false);
        var edit = await BeginAsync(cancellation).ConfigureAwait(false);
        var present = await edit.ReadComponentAsync(publication.Component, cancellation).ConfigureAwait(false);
        new ComponentDraft(publication.Component, present, _time.GetUtcNow()).RequirePlace(publication, version);
        _keys.For(OwnerChoice.Of(edit.CurrentIndex, _keys, publication.Component, publication.Owner, _directory));
    }

    /// <inheritdoc/>
    public async Task<VersionItem> PublishAsync(Publication publication, IProgress<UploadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var (component, version) = (publication.Component, await PublicationCheck.RequireAsync(publication, cancellation).ConfigureAwait(false));
        return await ChangeAsync($"publish {component} {version}", async edit =>
        {
            var draft = new ComponentDraft(component, await edit.ReadComponentAsync(component, cancellation).ConfigureAwait(false), _time.GetUtcNow());
            var replaced = draft.RequirePlace(publication, version);
            var owner = OwnerChoice.Of(edit.CurrentIndex, _keys, component, publication.Owner, _directory);
            var tarball = publication.TarballPath;
            var fileName = ComponentDraft.FileName(
                publication, replaced is null ? null : (await PackageDigest.OfAsync(tarball, cancellation).ConfigureAwait(false)).Sha256);
            var digest = await CopyAsync(tarball, Path.Combine(_directory, fileName), cancellation).ConfigureAwait(false);
            var item = draft.Put(publication, version, fileName, digest);
            if (draft.IsNew)
            {
                edit.Index["components"]!.AsObject()[component] = Drafts.IndexItem(component, owner.Name, publication.Standalone, publication.Hidden);
                edit.PutIndex();
            }

            edit.PutComponent(component, draft.Json, owner);
            return item;
        }, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc cref="PublishAsync(Publication, IProgress{UploadProgress}?, CancellationToken)"/>
    public Task<VersionItem> PublishAsync(
        string component,
        string version,
        Platform platform,
        string tarballPath,
        string entry,
        string? description = null,
        string? owner = null,
        bool force = false,
        CancellationToken cancellation = default) => PublishAsync(
            new Publication
            {
                Component = component,
                Version = version,
                Platform = platform,
                TarballPath = tarballPath,
                Entry = entry,
                Description = description,
                Owner = owner,
                Force = force,
            },
            progress: null,
            cancellation);

    /// <inheritdoc/>
    public Task YankAsync(string component, string? version, bool yanked = true, CancellationToken cancellation = default) => version is null
        ? ModifyAsync(new Modification { Component = component, Yanked = yanked }, cancellation)
        : ChangeAsync($"{(yanked ? "yank" : "unyank")} {component} {version}", async edit =>
        {
            var draft = new ComponentDraft(component, await edit.ReadComponentAsync(component, cancellation).ConfigureAwait(false), _time.GetUtcNow());
            draft.Yank(version, yanked, _directory);
            edit.PutComponent(component, draft.Json, OwnerChoice.Of(edit.CurrentIndex, _keys, component, named: null, _directory));
            return 0;
        }, cancellation);

    /// <inheritdoc/>
    public Task<ComponentSummary> ModifyAsync(Modification modification, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(modification);
        var id = modification.Component;
        return ChangeAsync($"modify {id}", async edit =>
        {
            if (!edit.CurrentIndex.Components.TryGetValue(id, out var item))
            {
                throw ComponentDraft.Missing(id, _directory);
            }

            var owner = OwnerChoice.Next(edit.CurrentIndex, item, modification.Owner, _directory);
            var isMoved = owner.Name != item.Owner;
            if (modification.Description is not null || isMoved)
            {
                var draft = new ComponentDraft(id, await edit.ReadComponentAsync(id, cancellation).ConfigureAwait(false), _time.GetUtcNow());
                draft.Modify(modification, _directory);
                edit.PutComponent(id, draft.Json, owner);
            }

            foreach (var (flag, value) in modification.Flags)
            {
                edit.Index["components"]![id]![flag] = value;
            }

            if (modification.Flags.Count > 0 || isMoved)
            {
                edit.Index["components"]![id]!["owner"] = owner.Name;
                edit.PutIndex();
            }

            return item.Summary with
            {
                Owner = owner.Name,
                Hidden = modification.Hidden ?? item.Hidden,
                Standalone = modification.Standalone ?? item.Standalone,
                Yanked = modification.Yanked ?? item.Yanked,
            };
        }, cancellation);
    }

    /// <summary>
    /// Signs snapshot and timestamp anew, so that they are good for another 30 days, and lengthens the index and the components that expire soon, as far as
    /// their keys are here. A root is lengthened only by a new root.
    /// </summary>
    /// <param name="within">What expires within this time is lengthened.</param>
    /// <param name="cancellation">Stops before anything is written.</param>
    /// <returns>What expires within that time and was not lengthened, because its keys are not here.</returns>
    public Task<IReadOnlyList<Expiring>> RefreshAsync(TimeSpan within, CancellationToken cancellation = default) => ChangeAsync<IReadOnlyList<Expiring>>("refresh the mirror", async edit =>
    {
        var end = _time.GetUtcNow() + within;
        var left = new List<Expiring>();
        Lengthen(RoleNames.Root, edit.CurrentRoot.Header.Expires, canSign: false, () => { });
        Lengthen(RoleNames.Index, edit.CurrentIndex.Header.Expires, _keys.CanSignFor(edit.CurrentRoot.Role(RoleNames.Index)), edit.PutIndex);
        foreach (var item in edit.CurrentIndex.Components.Values.OrderBy(item => item.Id, StringComparer.Ordinal))
        {
            if (await edit.ReadComponentAsync(item.Id, cancellation).ConfigureAwait(false) is var (manifest, draft))
            {
                var owner = edit.CurrentIndex.OwnerOf(item);
                Lengthen(item.Id, manifest.Expires, _keys.CanSignFor(owner), () => edit.PutComponent(item.Id, draft, owner));
            }
        }

        return left;

        void Lengthen(string name, DateTimeOffset expires, bool canSign, Action put)
        {
            if (expires >= end)
            {
                return;
            }

            if (canSign)
            {
                put();
            }
            else
            {
                left.Add(new Expiring(name, expires));
            }
        }
    }, cancellation);

    /// <summary>Makes the next root and all that its keys sign: clients of before take it over by themselves.</summary>
    /// <exception cref="MirrorException">There are too few keys here, or clients would be locked out.</exception>
    public Task<NextRoot> RotateAsync(RootChange change, CancellationToken cancellation = default) => ChangeAsync("make a new root", async edit =>
    {
        var next = await SignRootAsync(edit.Rotation, change, cancellation).ConfigureAwait(false);
        return Put(edit, next);
    }, cancellation);

    /// <summary>Writes the next root to a file, with the signatures of the keys that are here, for others to sign; the mirror stays as it is.</summary>
    /// <exception cref="MirrorException">Clients would be locked out.</exception>
    public async Task<NextRoot> DraftRootAsync(RootChange change, string file, CancellationToken cancellation = default)
    {
        using var held = await LockAsync("draft a new root", cancellation).ConfigureAwait(false);
        var edit = await BeginAsync(cancellation).ConfigureAwait(false);
        var next = await SignRootAsync(edit.Rotation, change, cancellation).ConfigureAwait(false);
        await AtomicFile.WriteAsync(file, next.Document.Bytes, cancellation: cancellation).ConfigureAwait(false);
        return edit.Rotation.Describe(next);
    }

    /// <summary>Takes a root that was drafted, and has been signed since.</summary>
    /// <exception cref="MirrorException">It is not the next one, or not signed by enough keys.</exception>
    public Task<NextRoot> AdoptRootAsync(string file, CancellationToken cancellation = default) => ChangeAsync("adopt a new root", async edit =>
        Put(edit, edit.Rotation.Read(await ManifestSigning.ReadAsync(file, cancellation).ConfigureAwait(false), file)), cancellation);

    /// <summary>Files that no client can ask for any more.</summary>
    /// <param name="age">What was of use within this time stays: the snapshot that a client holds may be as old as a snapshot may get, 30 days.</param>
    public async Task<IReadOnlyList<GarbageFile>> FindGarbageAsync(TimeSpan age, CancellationToken cancellation = default)
    {
        using var held = await LockAsync("look for old files", cancellation).ConfigureAwait(false);
        return new GarbageSearch(await BeginAsync(cancellation).ConfigureAwait(false), _directory, _time.GetUtcNow() - age).Find();
    }

    /// <summary>Removes files that were found to be of no use, as far as they still are.</summary>
    /// <returns>Those that are gone now.</returns>
    /// <exception cref="StorageException">A file cannot be removed; those before it are gone.</exception>
    public async Task<IReadOnlyList<GarbageFile>> RemoveGarbageAsync(IReadOnlyList<GarbageFile> found, TimeSpan age, CancellationToken cancellation = default)
    {
        using var held = await LockAsync("remove old files", cancellation).ConfigureAwait(false);
        var still = new GarbageSearch(await BeginAsync(cancellation).ConfigureAwait(false), _directory, _time.GetUtcNow() - age).Find();
        var gone = still.Where(found.Contains).ToList();
        foreach (var file in gone)
        {
            cancellation.ThrowIfCancellationRequested();
            AtomicFile.Remove(Path.Combine(_directory, file.Name));
        }

        return gone;
    }

    public void Dispose() => _keys.Dispose();

    private static NextRoot Put(MirrorEdit edit, RootManifest next)
    {
        var described = edit.Rotation.Describe(next);
        edit.PutRoot(next);
        return described;
    }

    private async Task<RootManifest> SignRootAsync(RootRotation rotation, RootChange change, CancellationToken cancellation)
    {
        var draft = await rotation.DraftAsync(change, _keys, _time.GetUtcNow(), cancellation).ConfigureAwait(false);
        return rotation.Read(Drafts.Sign(draft, rotation.Signers(rotation.Read(Drafts.Sign(draft, [])), _keys)));
    }

    private async Task<T> ChangeAsync<T>(string purpose, Func<MirrorEdit, Task<T>> change, CancellationToken cancellation)
    {
        using var held = await LockAsync(purpose, cancellation).ConfigureAwait(false);
        var edit = await BeginAsync(cancellation).ConfigureAwait(false);
        var result = await change(edit).ConfigureAwait(false);
        await edit.CommitAsync(cancellation).ConfigureAwait(false);
        return result;
    }

    internal Task<MirrorEdit> BeginAsync(CancellationToken cancellation) => MirrorEdit.BeginAsync(_directory, _keys, _time.GetUtcNow(), cancellation);

    /// <summary>The lock that TiUP takes while it commits. (pingcap/tiup pkg/repository/store/txn.go)</summary>
    internal Task<AdvisoryLock> LockAsync(string purpose, CancellationToken cancellation) => Directory.Exists(_directory)
        ? ProfileLock.AcquireAsync(Path.Combine(_directory, "lock"), purpose, Patience, _time, cancellation)
        : throw new MirrorException(MirrorFailure.NotConfigured, $"{_directory} is not a mirror: it does not exist; `mirror init` makes one");

    private static async Task<PackageDigest> CopyAsync(string from, string to, CancellationToken cancellation)
    {
        PackageDigest? digest = null;
        await AtomicFile.WriteAsync(
            to, async (stream, token) => digest = await PackageDigest.OfAsync(from, stream.WriteAsync, token).ConfigureAwait(false), cancellation: cancellation).ConfigureAwait(false);
        return digest!;
    }
}
