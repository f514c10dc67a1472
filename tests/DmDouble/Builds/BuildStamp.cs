using System.Text.Json.Serialization;

namespace DmDouble;

/// <summary>What a stand-in says it was built from, and the faults that were built into it.</summary>
/// <param name="Version">Release version, such as <c>v8.5.0</c>.</param>
/// <param name="Commit">Git commit hash.</param>
/// <param name="Branch">Git branch.</param>
/// <param name="BuiltAt">UTC build time as DM prints it, <c>yyyy-MM-dd HH:mm:ss</c>.</param>
/// <param name="Faults">Null for a sound build.</param>
public sealed record BuildStamp(
    string Version,
    string Commit = "None",
    string Branch = "None",
    string BuiltAt = "None",
    BuildFaults? Faults = null)
{
    /// <summary>What a binary without a stamp says: DM prints <c>None</c> for values that its linker was not given.</summary>
    public static BuildStamp None { get; } = new("None");

    /// <summary>The text of <c>GET /status</c>, and of <c>-V</c> but for the blank line after it.</summary>
    public string Describe() =>
        $"Release Version: {Version}\nGit Commit Hash: {Commit}\nGit Branch: {Branch}\nUTC Build Time: {BuiltAt}\nGo Version: go1.23.4\nFailpoint Build: false\n";
}

/// <summary>Faults of a build. They hold wherever and whenever that binary runs; faults of a moment are <see cref="Knobs"/>.</summary>
public sealed record BuildFaults
{
    /// <summary><c>-V</c> ends with this code and prints nothing.</summary>
    public int? VersionExitCode { get; init; }

    /// <summary>A normal start ends at once with this code.</summary>
    public int? StartExitCode { get; init; }

    /// <summary>The dynamic loader's complaint: printed on stderr, exit 1, for <c>-V</c> and start alike.</summary>
    public string? LoaderError { get; init; }

    /// <summary>Milliseconds after the start at which the process ends with code 2 as Go does on a panic.</summary>
    public int? CrashAfterMs { get; init; }

    /// <summary>dm-master: <c>/health</c> is never good.</summary>
    public bool HealthFalse { get; init; }

    /// <summary>The process runs, answers nothing, and never joins the cluster.</summary>
    public bool NeverJoin { get; init; }

    /// <summary>dm-worker: subtasks end up Paused with an error.</summary>
    public bool SubTasksFail { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(BuildStamp))]
internal sealed partial class BuildStampJson : JsonSerializerContext;
