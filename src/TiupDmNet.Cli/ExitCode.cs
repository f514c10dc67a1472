using TiupDmNet.Clusters;
using TiupDmNet.DataMigration;
using TiupDmNet.Hosts;
using TiupDmNet.Mirror;
using TiupDmNet.Packages;
using TiupDmNet.Rollout;
using TiupDmNet.Storage;

namespace TiupDmNet.Cli;

/// <summary>What the exit code tells a script.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Failed; the cluster was changed, and the message says how.</summary>
    public const int Failed = 1;

    public const int Usage = 2;

    /// <summary>Refused, or failed before anything was changed.</summary>
    public const int Refused = 3;

    public const int RolledBack = 4;

    /// <summary>Nothing failed, but something is not as it should be.</summary>
    public const int Drift = 5;

    /// <summary>Another run holds the cluster's lock.</summary>
    public const int Locked = 6;

    public const int Interrupted = 130;

    public static int Of(PatchResult result) => result switch
    {
        PatchResult.Done or PatchResult.NothingToDo => Done,
        PatchResult.Refused => Refused,
        PatchResult.RolledBack => RolledBack,
        PatchResult.Interrupted => Interrupted,
        _ => Failed,
    };

    /// <param name="failure">What a command threw.</param>
    /// <param name="hasBegun">Something may have been changed before it did.</param>
    public static int Of(Exception failure, bool hasBegun) => failure switch
    {
        UsageException => Usage,
        OperationCanceledException => Interrupted,
        ClusterLockedException => Locked,
        _ => hasBegun ? Failed : Refused,
    };

    /// <summary>True for what the rooms throw on purpose; anything else is a fault of the program.</summary>
    public static bool IsExpected(Exception failure) => failure is UsageException or OperationCanceledException or RefusedException
        or RolloutException or ClusterException or PackageException or HostException or DmException or MirrorException or StorageException;
}

/// <summary>The command line does not make sense. The message is a sentence.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The operator said no, or what was asked for is not possible here. The message is a sentence.</summary>
internal sealed class RefusedException(string message) : Exception(message);
