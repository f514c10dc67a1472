using TiupDmNet.Clusters.Audit;

namespace TiupDmNet.Clusters;

/// <summary>A line of <c>tiup dm audit</c>.</summary>
/// <param name="Time">When the command began.</param>
/// <param name="Command">The program and its arguments.</param>
public sealed record AuditRecord(string Id, DateTimeOffset Time, IReadOnlyList<string> Command)
{
    /// <returns>Null where the name is not a time or the file cannot be read.</returns>
    internal static AuditRecord? TryRead(string path)
    {
        var id = Path.GetFileName(path);
        if (Base52.TryDecodeTime(id) is not { } time)
        {
            return null;
        }

        try
        {
            return new AuditRecord(id, time, AuditCommandLine.Decode(File.ReadLines(path).FirstOrDefault() ?? ""));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
