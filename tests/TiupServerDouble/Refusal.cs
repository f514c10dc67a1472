namespace TiupServerDouble;

/// <summary>An answer that is no success. (pingcap/tiup server/handler/error.go)</summary>
internal sealed class Refusal(int code, string status, string message) : Exception(message)
{
    public int Code => code;

    public string Status => status;

    public static Refusal InvalidTarball => new(400, "INVALID TARBALL", "the tarball content is not valid");

    public static Refusal InvalidManifest => new(400, "INVALID MANIFEST", "the manifest content is not valid");

    public static Refusal Undecodable(string why) => new(400, "UNKNOWN_ERROR", why);

    public static Refusal Forbidden => new(403, "FORBIDDEN", "permission denied");

    public static Refusal Conflict => new(409, "MANIFEST CONFLICT", "the manifest provided is not new enough");

    public static Refusal Internal => new(500, "INTERNAL ERROR", "an internal error happened");

    /// <summary>What TiUP's server lets pass and should not.</summary>
    public static Refusal Sloppy(string what) => new(400, "STRICT", what);
}
