using System.Text.RegularExpressions;

namespace TiupDmNet.Mirror;

/// <summary>An operating system and an architecture in Go's words. (pingcap/tiup pkg/repository/v1_repository.go:578)</summary>
public sealed partial record Platform
{
    public Platform(string os, string arch)
    {
        Os = Word().IsMatch(os) ? os : throw new FormatException($"'{os}' is not an operating system; write linux or darwin");
        Arch = Word().IsMatch(arch) ? arch : throw new FormatException($"'{arch}' is not an architecture; write amd64 or arm64");
    }

    /// <summary>What runs everywhere: items under it are taken for a platform that has none of its own.</summary>
    public static Platform Any { get; } = new("any", "any");

    public string Os { get; }

    public string Arch { get; }

    /// <param name="text">"linux/amd64"</param>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static Platform Parse(string text) => text.Split('/') is [var os, var arch]
        ? new Platform(os, arch)
        : throw new FormatException($"'{text}' is not a platform; write it as linux/amd64");

    public void Deconstruct(out string os, out string arch) => (os, arch) = (Os, Arch);

    public override string ToString() => $"{Os}/{Arch}";

    [GeneratedRegex(@"^[a-z0-9_]{1,32}\z")]
    private static partial Regex Word();
}
