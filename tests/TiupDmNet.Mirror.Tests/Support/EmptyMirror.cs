using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>A mirror without components, with its keys beside it, made once for a class of tests: keys take their time.</summary>
public sealed class EmptyMirror : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    public string Path => _directory["mirror"];

    public async ValueTask InitializeAsync() => (await MirrorPublisher.InitAsync(Path, MirrorPublisher.DefaultKeysDirectory(Path), FixedTime.OfGoldenMirror)).Dispose();

    /// <summary>The same mirror at another place, keys and all.</summary>
    public void CopyTo(string target)
    {
        Copy(Path, target);
        Copy(MirrorPublisher.DefaultKeysDirectory(Path), MirrorPublisher.DefaultKeysDirectory(target));
    }

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)), overwrite: true);
        }
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
