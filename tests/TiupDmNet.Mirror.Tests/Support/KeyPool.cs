using System.Collections.Concurrent;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>
/// Real keys by name: those in mirror-fixtures/keys, which sign the same bytes alike each time (no salt), others made once for all tests.
/// Making them is slow, and who holds which matters only within a test.
/// </summary>
internal static class KeyPool
{
    private static readonly ConcurrentDictionary<string, Lazy<PrivateKey>> Keys = new();

    public static string FileOf(string name) => Path.Combine(Repository.Root, "mirror-fixtures", "keys", name + ".json");

    public static PrivateKey Get(string name) => Keys.GetOrAdd(name, _ => new Lazy<PrivateKey>(() => Read(FileOf(name)) ?? PrivateKey.Generate())).Value;

    private static PrivateKey? Read(string file) => File.Exists(file) ? UnsaltedRsa.Read(File.ReadAllBytes(file)) : null;
}
