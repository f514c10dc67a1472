namespace TiupDmNet.DataMigration.Tests.Scripted;

/// <summary>What a scripted process does with one request.</summary>
internal abstract record Reply
{
    public static Reply Json(string body, int status = 200) => new Whole(status, "application/json", body);

    public static Reply Text(string body, int status = 200) => new Whole(status, "text/plain", body);

    public static Reply Bytes(string raw) => new Raw(raw);

    /// <summary>Says nothing until the other side goes away.</summary>
    public static Reply Hang { get; } = new Silence();

    public static Reply Reset { get; } = new Cut();

    /// <summary>grpc-gateway's error body.</summary>
    public static Reply Gateway(int status, int code, string message) =>
        Json($$"""
            {
              "code": {{code}},
              "message": "{{message}}",
              "details": [
              ]
            }
            """, status);

    internal sealed record Whole(int Status, string ContentType, string Body) : Reply;

    internal sealed record Raw(string Sent) : Reply;

    internal sealed record Silence : Reply;

    internal sealed record Cut : Reply;
}
