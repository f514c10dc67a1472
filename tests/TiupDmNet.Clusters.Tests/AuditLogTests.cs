using TiupDmNet.Clusters.Audit;

namespace TiupDmNet.Clusters.Tests;

public sealed class AuditLogTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Is_there_from_the_first_moment_and_grows()
    {
        await using var audit = AuditLog.Begin(_lab.Home, _lab.Time, ["dotnet-dm-patch", "patch", "dm-test", "/tmp/a b+c.tar.gz", "-R", "dm-worker"]);
        var path = Path.Combine(_lab.Home.AuditDirectory, audit.Id);
        Assert.Equal("dotnet-dm-patch patch dm-test %2Ftmp%2Fa+b%2Bc.tar.gz -R dm-worker\n", await File.ReadAllTextAsync(path));

        await audit.WriteAsync("INFO", "Drained", """{"node": "h:8262"}""");
        await audit.WriteAsync("ERROR", "first\nsecond\tthird");

        Assert.Equal(
            "dotnet-dm-patch patch dm-test %2Ftmp%2Fa+b%2Bc.tar.gz -R dm-worker\n"
            + "2026-04-10T10:11:12.000+0800\tINFO\tDrained\t{\"node\": \"h:8262\"}\n"
            + "2026-04-10T10:11:12.000+0800\tERROR\tfirst second third\n",
            await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Writes_UTC_as_zap_does()
    {
        _lab.Time.Now = new DateTimeOffset(2026, 4, 10, 10, 11, 12, 345, TimeSpan.Zero);
        await using var audit = AuditLog.Begin(_lab.Home, _lab.Time, ["x"]);

        await audit.WriteAsync("WARN", "m");

        Assert.Equal("2026-04-10T10:11:12.345Z\tWARN\tm", AuditLog.Read(_lab.Home, audit.Id)[1]);
    }

    [Fact]
    public async Task Is_listed_with_its_time_and_command()
    {
        string[] command = ["dotnet-dm-patch", "patch", "dm-test", "ä & ü?", "", "-y"];
        await using var audit = AuditLog.Begin(_lab.Home, _lab.Time, command, suffix: "ticket_7");

        var record = Assert.Single(AuditLog.List(_lab.Home));

        Assert.EndsWith("_ticket_7", record.Id, StringComparison.Ordinal);
        Assert.Equal(_lab.Time.Now, record.Time, TimeSpan.FromMicroseconds(1));
        Assert.Equal(command, record.Command);
    }

    [Fact]
    public async Task Commands_of_the_same_instant_have_files_of_their_own()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var audit = AuditLog.Begin(_lab.Home, _lab.Time, ["x"]);
        }

        Assert.Equal(20, AuditLog.List(_lab.Home).Count);
    }

    [Fact]
    public void Lists_what_TiUP_wrote_oldest_first_and_skips_what_is_no_record()
    {
        Directory.CreateDirectory(_lab.Home.AuditDirectory);
        File.WriteAllText(Path.Combine(_lab.Home.AuditDirectory, "gVN4983hPVf"), "/root/.tiup/components/dm/v1.16.5/tiup-dm patch dm-test x.tar.gz\n2026-04-10T10:11:12.123Z\tINFO\tExecute command\t{}\n");
        File.WriteAllText(Path.Combine(_lab.Home.AuditDirectory, "4WgzMk"), "tiup-dm list");
        File.WriteAllText(Path.Combine(_lab.Home.AuditDirectory, "README"), "not a record");

        var records = AuditLog.List(_lab.Home);

        Assert.Equal(["4WgzMk", "gVN4983hPVf"], records.Select(record => record.Id));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1700000000), records[0].Time);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1775800000).AddTicks(1234567), records[1].Time);
        Assert.Equal(["/root/.tiup/components/dm/v1.16.5/tiup-dm", "patch", "dm-test", "x.tar.gz"], records[1].Command);
    }

    [Fact]
    public void Lists_nothing_where_there_is_nothing() => Assert.Empty(AuditLog.List(_lab.Home));

    [Theory]
    [InlineData("4WgzMk")]
    [InlineData("../../secret")]
    [InlineData("")]
    public void Says_that_there_is_no_such_record(string id) => Assert.Equal(
        $"cannot find the audit log '{id}' in {_lab.Home.AuditDirectory}; `tiup dm audit` lists the ones that there are",
        Assert.Throws<ClusterException>(() => AuditLog.Read(_lab.Home, id)).Message);

    [Theory]
    [InlineData(1, "1")]
    [InlineData(50, "Z")]
    [InlineData(51, "10")]
    [InlineData(1700000000, "4WgzMk")]
    [InlineData(1700000000000000000, "gghTXntbP3k")]
    [InlineData(1775800000123456789, "gVN4983hPVf")]
    public void Names_are_numbers_in_TiUPs_alphabet(long number, string name)
    {
        Assert.Equal(name, Base52.Encode(number));
        Assert.Equal(number, Base52.TryDecode(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("1-2")]
    [InlineData("ZZZZZZZZZZZZZZZZ")]
    public void Other_names_are_no_numbers(string name) => Assert.Null(Base52.TryDecode(name));
}
