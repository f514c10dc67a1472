using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Keys;

/// <summary>Who may sign for a role or an owner, and how many of them must.</summary>
/// <param name="Keys">By the id that signatures name them with.</param>
internal sealed record RoleKeys(string Name, IReadOnlyDictionary<string, PublicKey> Keys, int Threshold)
{
    /// <summary>How many different keys have signed. What other keys wrote, or what does not verify, counts as nothing.</summary>
    public int CountSignatures(SignedDocument document) => document.Signatures
        .Where(signature => Keys.TryGetValue(signature.KeyId, out var key) && key.Verifies(document.SignedBytes.Span, signature.Value.Span))
        .Select(signature => Keys[signature.KeyId].Id)
        .Distinct(StringComparer.Ordinal)
        .Count();

    /// <param name="fields">A role of a root, or an owner of an index.</param>
    /// <exception cref="UntrustedException">A key that is none, that stands under an id that is not its own, or a threshold that cannot be meant.</exception>
    public static RoleKeys Read(string name, string kind, Fields fields)
    {
        var keys = new Dictionary<string, PublicKey>(StringComparer.Ordinal);
        foreach (var (id, info) in fields.Object("keys").Members())
        {
            keys[id] = ReadKey($"{kind} {name}", id, info);
        }

        var threshold = fields.Number("threshold");
        if (threshold < 1)
        {
            throw fields.Refuse($"the threshold of {kind} {name} is {threshold}, which lets anything pass");
        }

        var distinct = keys.Values.DistinctBy(key => key.Id).Count();
        return distinct >= threshold
            ? new RoleKeys(name, keys, (int)threshold)
            : throw fields.Refuse($"{kind} {name} needs {threshold} signatures and has only {distinct} different keys");
    }

    private static PublicKey ReadKey(string holder, string id, Fields info)
    {
        var (type, scheme) = (info.Text("keytype"), info.Text("scheme"));
        if (type != PublicKey.KeyType || scheme != PublicKey.Scheme)
        {
            throw info.Refuse($"key {Short(id)} of {holder} is of type '{type}' and scheme '{scheme}'; only {PublicKey.KeyType} and {PublicKey.Scheme} are known");
        }

        var pem = info.Object("keyval").Text("public");
        PublicKey key;
        try
        {
            key = PublicKey.FromPem(pem);
        }
        catch (System.Security.Cryptography.CryptographicException error)
        {
            throw info.Refuse($"key {Short(id)} of {holder} cannot be used: {error.Message}");
        }

        return id == key.Id || id == PublicKey.IdOf(pem)
            ? key
            : throw info.Refuse($"key {Short(id)} of {holder} stands under an id that is not its own ({Short(key.Id)})");
    }

    private static string Short(string id) => id.Length > 16 ? id[..16] : id;
}
