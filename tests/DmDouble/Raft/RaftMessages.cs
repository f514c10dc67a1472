using System.Text.Json;
using System.Text.Json.Serialization;
using DmDouble.State;

namespace DmDouble.Raft;

/// <summary>The newest log entry with the whole state that it led to. Replicating that instead of the log makes the log one entry long.</summary>
internal sealed record RaftEntry(long Term, long Index, ClusterState State)
{
    public bool IsNewerThan(long term, long index) => Term > term || (Term == term && Index > index);

    public bool Is(long term, long index) => Term == term && Index == index;
}

/// <param name="Entry">Null in a heartbeat to a member that has the entry already.</param>
internal sealed record AppendRequest(long Term, string Leader, long EntryTerm, long EntryIndex, long Commit, RaftEntry? Entry);

/// <param name="Success">The member has the entry now.</param>
internal sealed record AppendReply(long Term, bool Success);

/// <param name="Pre">Only asks what the answer would be (pre-vote).</param>
internal sealed record VoteRequest(long Term, string Candidate, long LastTerm, long LastIndex, bool Pre);

internal sealed record VoteReply(long Term, bool Granted);

internal sealed record ProposeRequest(Command Command);

/// <param name="Refused">Why the state machine refused the command; null when it was applied.</param>
/// <param name="Index">Index at which the effect is visible.</param>
internal sealed record ProposeReply(string? Refused, long Index);

internal sealed record LeaseRequest(string Id);

/// <param name="Alive">False when there is no such lease any more.</param>
internal sealed record LeaseReply(bool Alive);

internal sealed record ReadIndexReply(long Index);

internal sealed record Empty
{
    public static Empty Value { get; } = new();
}

/// <summary>What a member keeps over a restart.</summary>
internal sealed record RaftDisk(long Term, string? VotedFor, RaftEntry Entry);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AppendRequest))]
[JsonSerializable(typeof(AppendReply))]
[JsonSerializable(typeof(VoteRequest))]
[JsonSerializable(typeof(VoteReply))]
[JsonSerializable(typeof(ProposeRequest))]
[JsonSerializable(typeof(ProposeReply))]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(LeaseReply))]
[JsonSerializable(typeof(ReadIndexReply))]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(RaftDisk))]
internal sealed partial class RaftJson : JsonSerializerContext;

/// <summary>The record of a member on disk, where a real one has its write-ahead log.</summary>
internal sealed class RaftStorage
{
    private readonly string _file;

    public RaftStorage(string dataDir)
    {
        var wal = Path.Combine(dataDir, "member", "wal");
        Directory.CreateDirectory(wal);
        _file = Path.Combine(wal, "state.json");
    }

    public RaftDisk? Load() => File.Exists(_file) ? JsonSerializer.Deserialize(File.ReadAllBytes(_file), RaftJson.Default.RaftDisk) : null;

    /// <summary>Not synced to the platter: the stand-ins live through the death of a process, not of the machine.</summary>
    public void Save(RaftDisk disk)
    {
        File.WriteAllBytes(_file + ".tmp", JsonSerializer.SerializeToUtf8Bytes(disk, RaftJson.Default.RaftDisk));
        File.Move(_file + ".tmp", _file, overwrite: true);
    }
}
