using TiupDmNet.TestSupport;
using TiupDmNet.Hosts.Tests.Support;

namespace TiupDmNet.Hosts.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class OpenSshUploadTests : UploadContract
{
    private SshServer _server = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await SshServer.StartOrSkipAsync();
        Pool = new HostPool(_server.Settings, TimeProvider.System);
        Host = await Pool.ConnectAsync(_server.Address, default);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_upload_whose_connection_breaks_is_continued_by_the_next()
    {
        var upload = Make(30_000_000);
        var cut = false;
        var cutHalfway = new Callback(bytes =>
        {
            if (bytes > 15_000_000 && !cut)
            {
                cut = true;
                _server.CutConnections();
            }
        });
        var e = await Assert.ThrowsAsync<HostException>(() => Host.UploadAsync(upload, cutHalfway, default));
        Assert.Equal(HostFailure.Lost, e.Failure);
        Assert.StartsWith($"The upload of {Target} to {Host.Address} broke off; what arrived stays there, and the same upload continues it. ", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        Assert.Equal(UploadOutcome.Resumed, await Host.UploadAsync(upload, null, default));
        Assert.Equal(await File.ReadAllBytesAsync(upload.LocalPath), await File.ReadAllBytesAsync(Target));
        Assert.Equal(2, _server.Logins);
    }
}
