using Newtonsoft.Json.Linq;

namespace TiupDmNet.DataMigration.Protocol;

/// <summary>One source, as the scheduler has it.</summary>
/// <param name="Worker">"" when unbound.</param>
/// <param name="Accepted">False when the bound worker did not report the source in time.</param>
internal sealed record ListedSource(string Source, string Worker, bool Accepted, string Message);

/// <summary>Answer of OperateSource with op 4, ShowSource: every source, bound or not, with or without tasks.</summary>
internal static class SourceList
{
    /// <summary>The request; it changes nothing.</summary>
    public const string ShowSource = """{"op":4}""";

    public static IReadOnlyList<ListedSource> Read(JObject answer) =>
        [.. answer.Parts("sources").Select(source => new ListedSource(source.Text("source"), source.Text("worker"), source.Flag("result") ?? false, source.Text("msg")))];
}
