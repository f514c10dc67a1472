using System.IO.Pipes;
using TiupDmNet.Hosts.Uploads;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Hosts.Tests;

public sealed class LocalSourceTests
{
    [Fact]
    public async Task A_far_side_that_takes_nothing_any_more_is_given_up()
    {
        const int Size = 1 << 20;
        using var directory = new TempDirectory();
        await File.WriteAllBytesAsync(directory["package"], new byte[Size], TestContext.Current.CancellationToken);
        using var source = new LocalSource(new Upload(directory["package"], "/far/package", new string('0', 64), Size), new HostAddress("10.0.1.21", 22, "tidb"));
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reader = new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle);

        var error = await Assert.ThrowsAsync<HostException>(
            () => source.SendAsync(pipe, 0, null, TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken));

        Assert.Equal(HostFailure.TimedOut, error.Failure);
        Assert.Equal(
            "The upload of /far/package to tidb@10.0.1.21:22 did not move for 1 s; look at the disk there. What arrived stays there, and the same upload continues it.",
            error.Message);
    }
}
