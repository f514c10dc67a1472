using Newtonsoft.Json.Linq;

namespace TiupDmNet.DataMigration.Protocol;

[Flags]
internal enum MemberParts
{
    Leader = 1,
    Masters = 2,
    Workers = 4,
    All = Leader | Masters | Workers,
}

/// <summary>Answer of ListMember (pingcap/tiflow dm/master/server.go:2193).</summary>
/// <param name="Leader">"" when there is none, or when it was not asked for.</param>
/// <param name="Problems">Parts that are missing, and what DM says in the place of them while its <c>result</c> stays true.</param>
internal sealed record MemberList(string Leader, IReadOnlyList<MasterMember> Masters, IReadOnlyList<WorkerMember> Workers, IReadOnlyList<string> Problems)
{
    public static MemberList Read(JObject answer, MemberParts asked)
    {
        var parts = answer.Parts("members").ToList();
        var problems = new List<string>();
        var leader = Part(parts, "leader", asked.HasFlag(MemberParts.Leader), problems);
        var masters = Part(parts, "master", asked.HasFlag(MemberParts.Masters), problems);
        var workers = Part(parts, "worker", asked.HasFlag(MemberParts.Workers), problems);
        return new MemberList(
            leader?.Text("name") ?? "",
            [.. (masters?.Parts("masters") ?? []).Select(Master).OrderBy(member => member.Name, StringComparer.Ordinal)],
            [.. (workers?.Parts("workers") ?? []).Select(Worker).OrderBy(member => member.Name, StringComparer.Ordinal)],
            problems);
    }

    private static JObject? Part(IEnumerable<JObject> parts, string name, bool asked, List<string> problems)
    {
        if (!asked)
        {
            return null;
        }

        var part = parts.Select(candidate => candidate.Part(name)).FirstOrDefault(candidate => candidate is not null);
        if (part is null)
        {
            problems.Add($"the member list has no {name} part");
        }
        else if (part.Text("msg") is { Length: > 0 } message)
        {
            problems.Add($"the {name} part of the member list is missing: {DmText.Readable(message)}");
        }

        return part;
    }

    private static MasterMember Master(JObject member) =>
        new(member.Text("name"), member.Text("memberID"), member.Flag("alive") ?? false, [.. member.Texts("clientURLs")]);

    private static WorkerMember Worker(JObject member)
    {
        var stage = member.Text("stage");
        return new WorkerMember(member.Text("name"), member.Text("addr"), StageOf(stage), member.Text("source"), stage);
    }

    private static WorkerStage StageOf(string written) => written switch
    {
        "offline" => WorkerStage.Offline,
        "free" => WorkerStage.Free,
        "bound" => WorkerStage.Bound,
        "relay" => WorkerStage.Relay,
        _ => WorkerStage.Unknown,
    };
}
