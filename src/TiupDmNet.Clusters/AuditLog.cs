using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>
/// One file for each command, which <c>tiup dm audit</c> lists: its name is the time in base52, its first line the
/// command line (pingcap/tiup pkg/cluster/audit/audit.go). Unlike TiUP's it exists from the start and grows as things happen.
/// </summary>
public sealed class AuditLog : IAsyncDisposable
{
    public string Id => throw new NotImplementedException();

    /// <param name="commandLine">The program and its arguments, without secrets.</param>
    /// <param name="home">Whose audit directory.</param>
    /// <param name="time">Names the file and stamps the lines.</param>
    /// <param name="suffix">TIUP_AUDIT_ID, if set.</param>
    public static AuditLog Begin(TiupHome home, TimeProvider time, IReadOnlyList<string> commandLine, string? suffix = null) => throw new NotImplementedException();

    /// <summary>Adds a line in the shape of TiUP's: time, level (INFO, WARN, ERROR), message, a JSON object.</summary>
    public Task WriteAsync(string level, string message, string? json = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
