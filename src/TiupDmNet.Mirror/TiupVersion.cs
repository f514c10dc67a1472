using System.Diagnostics.CodeAnalysis;
using NuGet.Versioning;

namespace TiupDmNet.Mirror;

/// <summary>
/// A version as TiUP writes it: "v8.5.0", "v9.0.0-beta.1", "nightly". Orders like TiUP (semver, pre-releases below);
/// keeps its text; what is no version (master) orders below all that are.
/// </summary>
public sealed class TiupVersion : IComparable<TiupVersion>, IEquatable<TiupVersion>
{
    private readonly SemanticVersion? _semantic;

    private TiupVersion(string text, SemanticVersion? semantic)
    {
        Text = text;
        _semantic = semantic;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    public bool IsNightly => Text.Contains("nightly", StringComparison.Ordinal);

    /// <summary>True for a version with a pre-release label.</summary>
    public bool IsPrerelease => _semantic is { IsPrerelease: true };

    /// <summary>Major and minor, null for what is not a semantic version: a hotfix stays within it.</summary>
    public (int Major, int Minor)? Series => _semantic is null ? null : (_semantic.Major, _semantic.Minor);

    public static TiupVersion Parse(string text) => throw new NotImplementedException(text);

    public static bool TryParse(string text, [NotNullWhen(true)] out TiupVersion? version) => throw new NotImplementedException();

    public int CompareTo(TiupVersion? other) => throw new NotImplementedException();

    public bool Equals(TiupVersion? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as TiupVersion);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    public override string ToString() => Text;
}
