using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using NuGet.Versioning;

namespace TiupDmNet.Mirror;

/// <summary>
/// A version as TiUP writes it: "v8.5.0", "v9.0.0-beta.1", "nightly". Orders like TiUP (semver, pre-releases below);
/// keeps its text; what is no version (master) orders below all that are.
/// </summary>
/// <remarks>
/// Two texts that semver calls equal (v3.0 and v3.0.0, other build metadata) are ordered by their text, so that
/// "the latest" is the same one on every run.
/// </remarks>
public sealed partial class TiupVersion : IComparable<TiupVersion>, IEquatable<TiupVersion>
{
    private readonly SemanticVersion? _semantic;

    private TiupVersion(string text, SemanticVersion? semantic)
    {
        Text = text;
        _semantic = semantic;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>True for what semver knows how to order, false for "nightly" or "master".</summary>
    public bool IsSemantic => _semantic is not null;

    public bool IsNightly => Text.Contains("nightly", StringComparison.Ordinal);

    /// <summary>True for a version with a pre-release label.</summary>
    public bool IsPrerelease => _semantic is { IsPrerelease: true };

    /// <summary>Major and minor, null for what is not a semantic version: a hotfix stays within it.</summary>
    public (int Major, int Minor)? Series => _semantic is null ? null : (_semantic.Major, _semantic.Minor);

    /// <exception cref="FormatException">The text is empty, or has characters that no file name of a package could carry.</exception>
    public static TiupVersion Parse(string text) =>
        TryParse(text, out var version) ? version : throw new FormatException($"'{text}' is not a version; versions look like v8.5.0 or nightly");

    /// <summary>Anything that can stand in the name of a package is a version; see <see cref="IsSemantic"/> for those that semver orders.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TiupVersion? version)
    {
        version = text is not null && Safe().IsMatch(text) ? new TiupVersion(text, ReadSemantic(text)) : null;
        return version is not null;
    }

    public static bool operator ==(TiupVersion? left, TiupVersion? right) => Equals(left, right);

    public static bool operator !=(TiupVersion? left, TiupVersion? right) => !Equals(left, right);

    public int CompareTo(TiupVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        var order = (_semantic, other._semantic) switch
        {
            (null, null) => 0,
            (null, _) => -1,
            (_, null) => 1,
            var (left, right) => CompareSemantic(left, right),
        };
        return order != 0 ? order : string.CompareOrdinal(Text, other.Text);
    }

    public bool Equals(TiupVersion? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as TiupVersion);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    public override string ToString() => Text;

    private static SemanticVersion? ReadSemantic(string text)
    {
        if (Shape().Match(text) is not { Success: true } match)
        {
            return null;
        }

        // Go's semver knows v3 and v3.0, and only bare ones: a label needs all three numbers.
        var (minor, patch, rest) = (match.Groups["minor"], match.Groups["patch"], match.Groups["rest"].Value);
        if (rest.Length > 0 && !patch.Success)
        {
            return null;
        }

        var full = $"{match.Groups["major"].Value}.{(minor.Success ? minor.Value : "0")}.{(patch.Success ? patch.Value : "0")}{rest}";
        return SemanticVersion.TryParse(full, out var version) ? version : null;
    }

    // NuGet's comparer ignores the case of labels, semver (and so TiUP) does not.
    private static int CompareSemantic(SemanticVersion left, SemanticVersion right)
    {
        var order = (left.Major, left.Minor, left.Patch).CompareTo((right.Major, right.Minor, right.Patch));
        if (order != 0)
        {
            return order;
        }

        if (left.IsPrerelease != right.IsPrerelease)
        {
            return left.IsPrerelease ? -1 : 1;
        }

        foreach (var (mine, theirs) in left.ReleaseLabels.Zip(right.ReleaseLabels))
        {
            order = CompareLabel(mine, theirs);
            if (order != 0)
            {
                return order;
            }
        }

        return left.ReleaseLabels.Count().CompareTo(right.ReleaseLabels.Count());
    }

    private static int CompareLabel(string left, string right)
    {
        var (leftNumber, rightNumber) = (left.All(char.IsAsciiDigit), right.All(char.IsAsciiDigit));
        return (leftNumber, rightNumber) switch
        {
            (true, true) when left.Length != right.Length => left.Length.CompareTo(right.Length),
            (true, false) => -1,
            (false, true) => 1,
            _ => string.CompareOrdinal(left, right),
        };
    }

    [GeneratedRegex(@"^[0-9A-Za-z][0-9A-Za-z.+_~-]{0,127}\z")]
    private static partial Regex Safe();

    [GeneratedRegex(@"^v?(?<major>0|[1-9][0-9]*)(\.(?<minor>0|[1-9][0-9]*)(\.(?<patch>0|[1-9][0-9]*))?)?(?<rest>[-+].*)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
