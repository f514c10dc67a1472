namespace TiupDmNet.Mirror.Inspection;

/// <summary>How a mirror meets one need on one platform.</summary>
/// <param name="Component">Which was looked for.</param>
/// <param name="Version">That was found; where there is none, that was asked for, or "" for the newest stable one.</param>
/// <param name="Platform">For which.</param>
/// <param name="FileName">The package, "" where there is none.</param>
/// <param name="Length">Bytes, 0 if unknown.</param>
/// <param name="Problem">One sentence; null where all is well.</param>
public sealed record PackageFinding(string Component, string Version, Platform Platform, string FileName, long Length, string? Problem);
