using TiupDmNet.TestSupport;

namespace TiupDmNet.Packages.Tests.Support;

/// <summary>Tests that put files into a directory of their own and look at what becomes of them.</summary>
public abstract class PackageTest : IDisposable
{
    private readonly TempDirectory _directory = new();

    /// <summary>Ends with a slash, so that texts of messages read as paths.</summary>
    protected string Here => _directory.Path + "/";

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    protected string Place(string name, byte[] content)
    {
        var path = _directory[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    protected string Place(string name, string content) => Place(name, System.Text.Encoding.UTF8.GetBytes(content));

    protected Task<ComponentPackage> InspectAsync(byte[] content, string? component = null, PackageLimits? limits = null) =>
        PackageReader.InspectAsync(Place("p.tar.gz", content), component, limits, Cancellation);

    /// <summary>The message of the refusal, with this test's directory left out.</summary>
    protected async Task<string> RefusalAsync(Func<Task> action)
    {
        var refusal = await Assert.ThrowsAsync<PackageException>(action);
        return refusal.Message.Replace(Here, "", StringComparison.Ordinal);
    }

    protected Task<string> RefusalAsync(byte[] content, string? component = null, PackageLimits? limits = null) =>
        RefusalAsync(() => InspectAsync(content, component, limits));
}
