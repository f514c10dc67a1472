using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Publishing.Server;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Publishing.Server;

public sealed class PackageContentTests
{
    [Fact]
    public async Task A_large_package_goes_out_in_small_pieces()
    {
        using var directory = new TempDirectory();
        var path = directory["large"];
        await using (var file = File.Create(path))
        {
            file.SetLength(64 << 20);
        }

        var digest = await PackageDigest.OfAsync(path, CancellationToken.None);
        var last = 0;
        using var content = new PackageContent(new OutgoingPackage(path, "large.tar.gz", digest), progress: null, whole => last += whole ? 1 : 0);
        await using var taker = new Taker();

        await content.CopyToAsync(taker);

        Assert.Equal((64 << 20, 1, 64 << 20), (taker.Taken, last, content.Headers.ContentLength));
        Assert.InRange(taker.Largest, 1, 1 << 20);
    }

    /// <summary>Takes everything, keeps nothing.</summary>
    private sealed class Taker : MemoryStream
    {
        public long Taken { get; private set; }

        public int Largest { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Taken += buffer.Length;
            Largest = Math.Max(Largest, buffer.Length);
            return ValueTask.CompletedTask;
        }
    }
}
