using System.Security.Cryptography;
using System.Text.Json;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Trust;

namespace TiupServerDouble;

/// <summary>The mirror behind the server, and what it lets be published. (pingcap/tiup pkg/repository/model/model.go:182)</summary>
internal sealed class ServedDirectory(string directory, string keysDirectory, TimeProvider time)
{
    private static readonly JsonSerializerOptions Strict = new() { AllowDuplicateProperties = false };

    public async Task PublishAsync(string name, byte[] body, IReadOnlyDictionary<string, bool> flags, Tarball? tarball)
    {
        if (RoleNames.TopLevel.Contains(name))
        {
            throw Refusal.Forbidden;
        }

        var manifest = Decode(body);
        if (manifest.Signed.Type != RoleNames.Component || manifest.Signed.SpecVersion != "0.1.0")
        {
            throw Refusal.InvalidManifest;
        }

        if (manifest.Signed.Id != name || !RoleNames.IsSafeId(name) || manifest.Signed.Items.Any(item => !RoleNames.IsSafeUrl(item.Url) || item.Entry.Length == 0))
        {
            throw Refusal.Sloppy("the manifest must be the component's own, with entries, and packages in the mirror's directory");
        }

        using var held = await ProfileLock.AcquireAsync(Path.Combine(directory, "lock"), "publish", patience: null, time, CancellationToken.None);
        using var keys = await KeyRing.OpenAsync(keysDirectory, CancellationToken.None);
        var edit = await MirrorEdit.BeginAsync(directory, keys, time.GetUtcNow(), CancellationToken.None);
        if (manifest.Signed.Version != edit.NextVersion(name))
        {
            throw Refusal.Conflict;
        }

        var isNew = !edit.CurrentIndex.Components.TryGetValue(name, out var item);
        var owner = item is null ? FirstKnown(manifest, edit.CurrentIndex) : edit.CurrentIndex.OwnerOf(item);
        RequireSignature(manifest, owner);
        if (isNew || flags.Count > 0)
        {
            var components = edit.Index["components"]!.AsObject();
            components[name] ??= Drafts.IndexItem(name, owner.Name);
            foreach (var (flag, value) in flags)
            {
                components[name]![flag] = value;
            }

            edit.PutIndex();
        }

        edit.PutSigned(name, manifest.Signed.Version, manifest.ToFile());
        if (tarball is not null)
        {
            await TakeAsync(manifest.Signed, tarball);
        }

        await edit.CommitAsync(CancellationToken.None);
    }

    private static ComponentFile Decode(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<ComponentFile>(body, Strict) ?? throw Refusal.Undecodable("EOF");
        }
        catch (JsonException error)
        {
            throw Refusal.Undecodable(error.Message);
        }
    }

    /// <summary>A new component belongs to whoever the first known key belongs to.</summary>
    private static RoleKeys FirstKnown(ComponentFile manifest, IndexManifest index) => manifest.Signatures
        .Select(signature => index.Owners.Values.FirstOrDefault(owner => owner.Keys.ContainsKey(signature.KeyId)))
        .OfType<RoleKeys>()
        .FirstOrDefault() ?? throw Refusal.Internal;

    private static void RequireSignature(ComponentFile manifest, RoleKeys owner)
    {
        var payload = manifest.Signed.Canonical();
        if (!manifest.Signatures.Any(signature => owner.Keys.TryGetValue(signature.KeyId, out var key) && key.Verifies(payload, Convert.FromBase64String(signature.Value))))
        {
            throw Refusal.Forbidden;
        }
    }

    private async Task TakeAsync(Component component, Tarball tarball)
    {
        var bytes = await File.ReadAllBytesAsync(tarball.Path);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (component.Items.FirstOrDefault(item => item.Url == "/" + tarball.FileName) is not { } item || item.Hashes?["sha256"] != sha256)
        {
            throw Refusal.InvalidTarball;
        }

        if (item.Length != bytes.Length)
        {
            throw Refusal.Sloppy("the manifest is wrong about the length of the package");
        }

        await File.WriteAllBytesAsync(Path.Combine(directory, tarball.FileName), bytes);
    }
}
