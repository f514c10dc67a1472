namespace TiupDmNet.Hosts.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LocalUploadTests : UploadContract
{
    public override async ValueTask InitializeAsync()
    {
        Pool = new HostPool(new HostSettings { Engine = SshEngine.None, PrivateKey = "", KnownHosts = "" }, TimeProvider.System);
        Host = await Pool.ConnectAsync(new HostAddress("127.0.0.1", 22, Environment.UserName), default);
    }
}
