using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace TiupDmNet.Mirror.Manifests;

internal sealed record DocumentSignature(string KeyId, ReadOnlyMemory<byte> Value);

/// <summary>
/// The envelope of every manifest, <c>{"signatures":[…],"signed":{…}}</c>. It keeps the bytes as they came: signatures hold over
/// exactly the bytes of <c>signed</c>, never over something written again. (pingcap/tiup pkg/repository/v1manifest/manifest.go:337)
/// </summary>
internal sealed class SignedDocument
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private SignedDocument(Origin origin, ReadOnlyMemory<byte> bytes, JsonElement signed, IReadOnlyList<DocumentSignature> signatures)
    {
        Origin = origin;
        Bytes = bytes;
        Signed = new Fields(signed, origin);
        SignedBytes = JsonMarshal.GetRawUtf8Value(signed).ToArray();
        Signatures = signatures;
    }

    public Origin Origin { get; }

    /// <summary>The whole file.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What the signatures are over.</summary>
    public ReadOnlyMemory<byte> SignedBytes { get; }

    public Fields Signed { get; }

    public IReadOnlyList<DocumentSignature> Signatures { get; }

    /// <exception cref="UntrustedException">The bytes are no such envelope.</exception>
    public static SignedDocument Parse(Origin origin, ReadOnlyMemory<byte> bytes)
    {
        JsonElement root;
        try
        {
            RequireText(bytes.Span);
            root = JsonDocument.Parse(bytes, Strict).RootElement;
        }
        catch (JsonException error)
        {
            throw new UntrustedException(TrustRule.Content, $"{origin} cannot be trusted: it is not JSON ({Start(bytes.Span)})", error);
        }

        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("signed", out var signed) || signed.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("signatures", out var signatures) || signatures.ValueKind != JsonValueKind.Array)
        {
            throw origin.Refuse(TrustRule.Content, $"it is no signed manifest ({Start(bytes.Span)})");
        }

        return new SignedDocument(origin, bytes, signed, ReadSignatures(origin, signatures));
    }

    /// <summary>
    /// The runtime's reader lets bytes that are no UTF-8 and halves of surrogate pairs pass until somebody asks for the text, and then throws
    /// what nobody expects: here they are no JSON from the start, wherever they stand.
    /// </summary>
    private static void RequireText(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            throw new JsonException("it is not UTF-8");
        }

        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = Strict.MaxDepth });
        while (reader.Read())
        {
            try
            {
                _ = reader.ValueIsEscaped ? reader.GetString() : null;
            }
            catch (InvalidOperationException error)
            {
                throw new JsonException("half of a surrogate pair", error);
            }
        }
    }

    private static List<DocumentSignature> ReadSignatures(Origin origin, JsonElement signatures)
    {
        var read = new List<DocumentSignature>();
        foreach (var element in signatures.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw origin.Refuse(TrustRule.Content, "an entry of its signatures is no JSON object");
            }

            var fields = new Fields(element, origin);
            var value = new byte[fields.Text("sig").Length];
            var length = Convert.TryFromBase64String(fields.Text("sig"), value, out var written) ? written : 0;
            read.Add(new DocumentSignature(fields.Text("keyid"), value.AsMemory(0, length)));
        }

        return read.DistinctBy(signature => signature.KeyId).Count() == read.Count
            ? read
            : throw origin.Refuse(TrustRule.Content, "one key has signed it twice");
    }

    /// <summary>The first few letters: "&lt;!DOCTYPE html" explains more than a position does.</summary>
    private static string Start(ReadOnlySpan<byte> bytes)
    {
        var text = System.Text.Encoding.ASCII.GetString(bytes[..Math.Min(bytes.Length, 24)]);
        var printable = new string([.. text.Select(letter => char.IsControl(letter) ? ' ' : letter)]).Trim();
        return bytes.Length == 0 ? "it is empty" : $"it begins with '{printable}'";
    }
}
