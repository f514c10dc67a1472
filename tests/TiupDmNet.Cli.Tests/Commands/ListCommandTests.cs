using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

public sealed class ListCommandTests
{
    [Fact]
    public async Task Prints_the_table_of_TiUP()
    {
        using var app = new TestApp();
        app.AddCluster("dm-b");
        app.AddCluster("dm-a");
        var clusters = Path.Combine(app.Home, "storage", "dm", "clusters");
        string Pad(string text) => text.PadRight(clusters.Length + 5);

        var ran = await app.RunAsync("list");

        Assert.Equal(
            $"""
            Name  User  Version  {Pad("Path")}  PrivateKey
            ----  ----  -------  {Pad("----")}  ----------
            dm-a  tidb  v8.5.0   {clusters}/dm-a  {clusters}/dm-a/ssh/id_rsa
            dm-b  tidb  v8.5.0   {clusters}/dm-b  {clusters}/dm-b/ssh/id_rsa

            """,
            ran.Output);
        Assert.Equal((0, ""), (ran.ExitCode, ran.Error));
    }

    [Fact]
    public async Task Prints_the_JSON_of_TiUP_on_one_line()
    {
        using var app = new TestApp();
        app.AddCluster();
        var path = Path.Combine(app.Home, "storage", "dm", "clusters", "dm-test");

        var ran = await app.RunAsync("list", "--format", "json");

        Assert.Equal($$"""{"schema":1,"clusters":[{"name":"dm-test","user":"tidb","version":"v8.5.0","path":"{{path}}","private_key":"{{path}}/ssh/id_rsa"}]}""" + "\n", ran.Output);
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_read_is_a_warning()
    {
        using var app = new TestApp();
        app.AddCluster("good");
        app.AddCluster("bad");
        File.WriteAllText(Path.Combine(app.Home, "storage", "dm", "clusters", "bad", "meta.yaml"), "{");

        var ran = await app.RunAsync("list");

        Assert.Equal(0, ran.ExitCode);
        Assert.Contains("good", ran.Output, StringComparison.Ordinal);
        Assert.StartsWith("Warning: ", ran.Error, StringComparison.Ordinal);
    }
}
