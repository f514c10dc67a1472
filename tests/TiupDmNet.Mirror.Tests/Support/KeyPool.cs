using TiupDmNet.Mirror.Keys;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>Real keys by name, each made once for all tests: making them is slow, and who holds which matters only within a test.</summary>
internal static class KeyPool
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Lazy<PrivateKey>> Keys = new();

    public static PrivateKey Get(string name) => Keys.GetOrAdd(name, _ => new Lazy<PrivateKey>(PrivateKey.Generate)).Value;
}
