namespace TiupDmNet.Mirror.Publishing.Garbage;

/// <summary>A file in a mirror's directory that no client can ask for any more.</summary>
/// <param name="Name">In the mirror's directory.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Since">From then on it was of no use.</param>
/// <param name="Why">"3 replaced it", "no manifest names it": what it is.</param>
public sealed record GarbageFile(string Name, long Size, DateTimeOffset Since, string Why);
