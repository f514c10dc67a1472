using TiupServerDouble;

namespace TiupDmNet.Cli.Tests.Support;

/// <summary>A copy of a published mirror for one test, with its keys beside it.</summary>
internal sealed class MirrorCopy
{
    public MirrorCopy(PublishedMirror original, TestApp app)
    {
        Path = original.CopyTo(app.Directory["copy"]);
        (Keys, RoleKeys) = (Path + "-keys", app.Directory["role-keys"]);
        Directory.CreateDirectory(RoleKeys);
        foreach (var file in Directory.GetFiles(Keys).Where(file => !file.EndsWith("-dba.json", StringComparison.Ordinal)))
        {
            File.Copy(file, System.IO.Path.Combine(RoleKeys, System.IO.Path.GetFileName(file)));
        }
    }

    public string Path { get; }

    /// <summary>Where a publisher on this machine looks for them.</summary>
    public string Keys { get; }

    private string RoleKeys { get; }

    /// <summary>Everything that is served, by name and content.</summary>
    public IEnumerable<(string Name, string Content)> Content => Directory.GetFiles(Path)
        .Where(file => System.IO.Path.GetFileName(file) != "lock")
        .Order(StringComparer.Ordinal)
        .Select(file => (file, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))));

    /// <summary>Serves it as tiup-server does, which has the keys of the roles only.</summary>
    public Task<TiupServerStandIn> ServeAsync() => TiupServerStandIn.StartAsync(Path, RoleKeys, TimeProvider.System);
}
