using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror;

/// <summary>A key that was made for an owner.</summary>
/// <param name="KeyId">Lower-case hex SHA-256.</param>
/// <param name="KeyFile">The private key, readable by its owner only.</param>
public sealed record OwnerKey(string OwnerId, string KeyId, string KeyFile);

/// <summary>A manifest that will be refused from some time on.</summary>
/// <param name="Name">The role, or the component's id.</param>
public sealed record Expiring(string Name, DateTimeOffset Expires);

/// <summary>
/// Keeps a mirror in a local directory: what it writes, TiUP reads. Readers see each change whole or not at all; two publishers take
/// turns (TiUP's own honours the same lock).
/// </summary>
public sealed class MirrorPublisher : IDisposable
{
    private const int RootKeys = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _directory;
    private readonly KeyRing _keys;
    private readonly TimeProvider _time;

    private MirrorPublisher(string directory, KeyRing keys, TimeProvider time) => (_directory, _keys, _time) = (directory, keys, time);

    internal string Place => _directory;

    internal KeyRing Keys => _keys;

    internal TimeProvider Time => _time;

    /// <summary>Beside the mirror, never in it: what lies in a mirror is served to the world.</summary>
    public static string DefaultKeysDirectory(string directory) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + "-keys";

    /// <summary>Makes an empty mirror with new keys: three for the root, all of which must sign, and one for each other role.</summary>
    /// <param name="directory">Must be empty, or not exist.</param>
    /// <exception cref="MirrorException">The directory holds something, or would hold the keys.</exception>
    public static async Task<MirrorPublisher> InitAsync(string directory, string keysDirectory, TimeProvider time, CancellationToken cancellation = default)
    {
        RefuseServedKeys(directory, keysDirectory);
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"{directory} is not empty; a new mirror needs a directory of its own");
        }

        ProfilePaths.EnsureDirectory(directory);
        var keys = KeyRing.Create(keysDirectory);
        try
        {
            await WriteFirstAsync(directory, keys, time.GetUtcNow(), cancellation).ConfigureAwait(false);
        }
        catch
        {
            keys.Dispose();
            throw;
        }

        return new MirrorPublisher(directory, keys, time);
    }

    /// <exception cref="MirrorException">The directory is no mirror, or holds its own keys.</exception>
    public static async Task<MirrorPublisher> OpenAsync(string directory, string keysDirectory, TimeProvider time, CancellationToken cancellation = default)
    {
        RefuseServedKeys(directory, keysDirectory);
        var keys = await KeyRing.OpenAsync(keysDirectory, cancellation).ConfigureAwait(false);
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

    /// <summary>Lets a new owner publish, with a new key.</summary>
    /// <exception cref="MirrorException">The owner exists, or has the name of a role.</exception>
    public async Task<OwnerKey> GrantAsync(string ownerId, string name, CancellationToken cancellation = default)
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

            var (key, file) = await _keys.GenerateAsync(ownerId, cancellation).ConfigureAwait(false);
            edit.Index["owners"]!.AsObject()[ownerId] = Drafts.Owner(name, key);
            edit.PutIndex();
            return new OwnerKey(ownerId, key.Id, file);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Puts a package on the mirror as a version of a component.</summary>
    /// <param name="version">"v8.5.0"; one with "nightly" in it becomes the component's nightly.</param>
    /// <param name="entry">The program in the package: "dm-worker/dm-worker".</param>
    /// <param name="description">Null leaves it as it is.</param>
    /// <param name="owner">Of a new component; not needed where the keys of only one owner are at hand.</param>
    /// <param name="force">Puts it in the place of the same version that is there.</param>
    /// <exception cref="MirrorException">Something about the request is not possible; nothing was changed.</exception>
    public async Task<VersionItem> PublishAsync(
        string component,
        string version,
        Platform platform,
        string tarballPath,
        string entry,
        string? description = null,
        string? owner = null,
        bool force = false,
        CancellationToken cancellation = default)
    {
        if (!RoleNames.IsSafeId(component))
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"'{component}' cannot be the id of a component: take letters, digits, dots and dashes, and not the name of a role");
        }

        if (!TiupVersion.TryParse(version, out var parsed) || !parsed.IsSemantic || !version.StartsWith('v'))
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"'{version}' is not a version to publish; write it as v8.5.0 or v8.5.0-hotfix.1");
        }

        await TarballCheck.RequireEntryAsync(tarballPath, entry, cancellation).ConfigureAwait(false);
        return await ChangeAsync($"publish {component} {version}", async edit =>
        {
            var present = await edit.ReadComponentAsync(component, cancellation).ConfigureAwait(false);
            var replaced = present?.Manifest.Items.Any(item => item.Version == parsed && item.Platform == platform) == true;
            if (replaced && !force)
            {
                throw new MirrorException(MirrorFailure.NotConfigured, $"{component} {version} for {platform} exists already; publish another version, or say that it is to be replaced");
            }

            var ownerKeys = Owner(edit, component, owner);
            var fileName = await FileNameAsync(component, version, platform, tarballPath, replaced, cancellation).ConfigureAwait(false);
            var (sha256, sha512, length) = await CopyAsync(tarballPath, Path.Combine(_directory, fileName), cancellation).ConfigureAwait(false);
            var now = _time.GetUtcNow();
            var draft = present?.Draft ?? Drafts.Component(component, description ?? component, now);
            draft["description"] = description ?? (string?)draft["description"] ?? component;
            draft["nightly"] = parsed.IsNightly ? version : (string?)draft["nightly"] ?? "";
            Member(Member(draft, "platforms"), platform.ToString())[version] = Drafts.VersionItem(fileName, entry, now, sha256, sha512, length);
            if (present is null)
            {
                edit.Index["components"]!.AsObject()[component] = Drafts.IndexItem(component, ownerKeys.Name);
                edit.PutIndex();
            }

            edit.PutComponent(component, draft, ownerKeys);
            return new VersionItem(component, parsed, platform, fileName, entry, Rfc3339.Format(now), Yanked: false, sha256, sha512, length);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Withdraws a version on all platforms, or takes that back.</summary>
    /// <param name="component">Its id.</param>
    /// <param name="version">Null for the component as a whole.</param>
    /// <param name="yanked">False to take it back.</param>
    /// <param name="cancellation">Stops before anything is written.</param>
    /// <exception cref="MirrorException">There is no such component or version.</exception>
    public Task YankAsync(string component, string? version, bool yanked = true, CancellationToken cancellation = default) =>
        ChangeAsync($"{(yanked ? "yank" : "unyank")} {component} {version}".TrimEnd(), async edit =>
        {
            if (version is null)
            {
                var item = edit.Index["components"]![component] ?? throw new MirrorException(MirrorFailure.NotFound, $"{_directory} has no component {component}");
                item["yanked"] = yanked;
                edit.PutIndex();
                return 0;
            }

            var present = await edit.ReadComponentAsync(component, cancellation).ConfigureAwait(false);
            var items = present?.Draft["platforms"]!.AsObject().Select(platform => platform.Value?[version]).OfType<JsonObject>().ToList() ?? [];
            if (items.Count == 0)
            {
                throw new MirrorException(MirrorFailure.NotFound, $"{_directory} has no {component} {version}");
            }

            items.ForEach(item => item["yanked"] = yanked);
            edit.PutComponent(component, present!.Value.Draft, Owner(edit, component, null));
            return 0;
        }, cancellation);

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

    public void Dispose() => _keys.Dispose();

    private async Task<T> ChangeAsync<T>(string purpose, Func<MirrorEdit, Task<T>> change, CancellationToken cancellation)
    {
        using var held = await LockAsync(purpose, cancellation).ConfigureAwait(false);
        var edit = await BeginAsync(cancellation).ConfigureAwait(false);
        var result = await change(edit).ConfigureAwait(false);
        await edit.CommitAsync(cancellation).ConfigureAwait(false);
        return result;
    }

    internal async Task<MirrorEdit> BeginAsync(CancellationToken cancellation)
    {
        await MirrorEdit.FinishInterruptedAsync(_directory, cancellation).ConfigureAwait(false);
        return await MirrorEdit.BeginAsync(_directory, _keys, _time.GetUtcNow(), cancellation).ConfigureAwait(false);
    }

    /// <summary>The lock that TiUP takes while it commits. (pingcap/tiup pkg/repository/store/txn.go)</summary>
    internal Task<AdvisoryLock> LockAsync(string purpose, CancellationToken cancellation) => Directory.Exists(_directory)
        ? ProfileLock.AcquireAsync(Path.Combine(_directory, "lock"), purpose, Patience, _time, cancellation)
        : throw new MirrorException(MirrorFailure.NotConfigured, $"{_directory} is not a mirror: it does not exist; `mirror init` makes one");

    /// <summary>Who signs for a component: its owner, or for a new one whoever is named, or the only one whose keys are here.</summary>
    private RoleKeys Owner(MirrorEdit edit, string component, string? named)
    {
        var index = edit.CurrentIndex;
        if (index.Components.TryGetValue(component, out var item))
        {
            return named is null || named == item.Owner
                ? index.OwnerOf(item)
                : throw new MirrorException(MirrorFailure.NotConfigured, $"component {component} belongs to {item.Owner}, not to {named}");
        }

        if (named is not null)
        {
            return index.Owners.TryGetValue(named, out var owner)
                ? owner
                : throw new MirrorException(MirrorFailure.NotFound, $"{_directory} has no owner {named}; `mirror grant` makes one");
        }

        return index.Owners.Values.Where(_keys.CanSignFor).ToList() switch
        {
            [var only] => only,
            [] => throw new MirrorException(MirrorFailure.NotConfigured, $"{_keys.Directory} has no key of an owner on {_directory}; `mirror grant` makes one"),
            var several => throw new MirrorException(MirrorFailure.NotConfigured, $"component {component} is new; say which owner it belongs to: {string.Join(", ", several.Select(owner => owner.Name))}"),
        };
    }

    private static async Task WriteFirstAsync(string directory, KeyRing keys, DateTimeOffset now, CancellationToken cancellation)
    {
        var roles = new Dictionary<string, (IReadOnlyList<PublicKey> Keys, int Threshold)>(StringComparer.Ordinal);
        foreach (var name in RoleNames.TopLevel)
        {
            var count = name == RoleNames.Root ? RootKeys : 1;
            var made = new List<PublicKey>();
            while (made.Count < count)
            {
                made.Add((await keys.GenerateAsync(name, cancellation).ConfigureAwait(false)).Key);
            }

            roles[name] = (made, count);
        }

        var root = Sign(Drafts.Root(roles, now), RoleNames.Root);
        var index = Sign(Drafts.Index(now), RoleNames.Index);
        var snapshotDraft = Drafts.Snapshot(now);
        snapshotDraft["meta"] = new JsonObject { ["/root.json"] = MirrorEdit.Entry(1, root.Length), ["/index.json"] = MirrorEdit.Entry(1, index.Length) };
        var snapshot = Sign(snapshotDraft, RoleNames.Snapshot);
        var timestampDraft = Drafts.Timestamp(now);
        timestampDraft["version"] = 1;
        timestampDraft["meta"] = Drafts.SnapshotMeta(snapshot);
        await MirrorEdit.WriteAsync(
            directory,
            [(RoleNames.Versioned(1, RoleNames.RootFile), root), (RoleNames.RootFile, root), (RoleNames.Versioned(1, RoleNames.IndexFile), index)],
            snapshot,
            Sign(timestampDraft, RoleNames.Timestamp),
            cancellation).ConfigureAwait(false);

        byte[] Sign(JsonObject draft, string role) =>
            Drafts.Sign(draft, keys.For(new RoleKeys(role, roles[role].Keys.ToDictionary(key => key.Id, StringComparer.Ordinal), roles[role].Threshold)));
    }

    /// <summary>
    /// A package that replaces another gets a name of its own: who reads the old manifest, or a cache on the way, must not find other bytes
    /// under the name that it knows.
    /// </summary>
    private static async Task<string> FileNameAsync(string component, string version, Platform platform, string tarballPath, bool replaces, CancellationToken cancellation)
    {
        var name = $"{component}-{version}-{platform.Os}-{platform.Arch}";
        if (!replaces)
        {
            return name + ".tar.gz";
        }

        var stream = File.OpenRead(tarballPath);
        await using (stream.ConfigureAwait(false))
        {
            var hash = await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false);
            return $"{name}-{Convert.ToHexStringLower(hash)[..12]}.tar.gz";
        }
    }

    private static async Task<(string Sha256, string Sha512, long Length)> CopyAsync(string from, string to, CancellationToken cancellation)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        long length = 0;
        var source = File.OpenRead(from);
        await using (source.ConfigureAwait(false))
        {
            await AtomicFile.WriteAsync(to, async (stream, token) =>
            {
                var buffer = new byte[256 * 1024];
                while (await source.ReadAsync(buffer, token).ConfigureAwait(false) is var count and > 0)
                {
                    sha256.AppendData(buffer, 0, count);
                    sha512.AppendData(buffer, 0, count);
                    await stream.WriteAsync(buffer.AsMemory(0, count), token).ConfigureAwait(false);
                    length += count;
                }
            }, cancellation: cancellation).ConfigureAwait(false);
        }

        return (Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(sha512.GetHashAndReset()), length);
    }

    private static JsonObject Member(JsonObject holder, string name)
    {
        if (holder[name] is JsonObject present)
        {
            return present;
        }

        var added = new JsonObject();
        holder[name] = added;
        return added;
    }

    internal static void RefuseServedKeys(string directory, string keysDirectory)
    {
        var served = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + "/";
        if ((Path.GetFullPath(keysDirectory) + "/").StartsWith(served, StringComparison.Ordinal))
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured, $"the keys in {keysDirectory} would be served to everyone who reads the mirror {directory}; keep them outside of it, as in {DefaultKeysDirectory(directory)}");
        }
    }
}
