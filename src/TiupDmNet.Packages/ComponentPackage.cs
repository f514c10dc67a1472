namespace TiupDmNet.Packages;

/// <summary>What a component package holds, read in one pass over its stream. Nothing is unpacked to disk.</summary>
public sealed record ComponentPackage
{
    public required string Path { get; init; }

    /// <summary>dm-master, dm-worker, dmctl, …</summary>
    public required string Component { get; init; }

    /// <summary>Name of the executable inside the archive, e.g. <c>dm-worker/dm-worker</c> or <c>bin/dm-worker</c>.</summary>
    public required string EntryPath { get; init; }

    /// <summary>Where TiUP expects the executable: <c>&lt;component&gt;/&lt;component&gt;</c> (grafana: <c>bin/grafana-server</c>).</summary>
    public required string CanonicalEntryPath { get; init; }

    /// <summary>
    /// True when TiUP can install the file as it is: gzip, and the entry at its canonical path.
    /// </summary>
    public required bool IsCanonical { get; init; }

    /// <summary>Of the package file as it is on disk; lower-case hex. TiUP names patched packages by the first 7 digits of the SHA-1.</summary>
    public required string Sha256 { get; init; }

    public required string Sha1 { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Size { get; init; }

    /// <summary>Bytes of all members together, unpacked.</summary>
    public required long UnpackedSize { get; init; }

    public required Executable Executable { get; init; }

    /// <summary>In archive order; directories included.</summary>
    public required IReadOnlyList<PackageMember> Members { get; init; }
}

public enum MemberKind
{
    File,
    Directory,
    SymbolicLink,
    HardLink,
}

/// <param name="Path">Normalised: no leading "./", forward slashes.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes; 0 for what is not a file.</param>
/// <param name="Mode">Permission bits, without set-id and sticky bits.</param>
/// <param name="LinkTarget">For links, as written.</param>
public sealed record PackageMember(string Path, MemberKind Kind, long Size, UnixFileMode Mode, string? LinkTarget);

/// <summary>What the ELF header of an executable says.</summary>
/// <param name="Sha256">Of the executable, lower-case hex: what /proc/PID/exe must hash to after the patch.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ElfClass">32 or 64.</param>
/// <param name="Architecture">amd64, arm64, or the ELF machine's name or number for others.</param>
/// <param name="Interpreter">The dynamic loader it needs (PT_INTERP), null when static.</param>
public sealed record Executable(string Sha256, long Size, int ElfClass, string Architecture, string? Interpreter)
{
    /// <summary>The package of Go's that it was built from, e.g. <c>github.com/pingcap/tiflow/cmd/dm-worker</c>; null when it does not say.</summary>
    public string? GoMainPackage { get; init; }
}

/// <summary>Bounds against bombs.</summary>
/// <param name="MaxUnpackedBytes">Of all members together.</param>
/// <param name="MaxMembers">Count of members.</param>
public sealed record PackageLimits(long MaxUnpackedBytes, int MaxMembers)
{
    /// <summary>8 GiB and 20,000 members: some ten times the largest package PingCAP publishes.</summary>
    public static readonly PackageLimits Default = new(8L << 30, 20_000);
}
