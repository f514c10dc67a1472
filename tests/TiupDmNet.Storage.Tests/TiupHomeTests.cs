namespace TiupDmNet.Storage.Tests;

public sealed class TiupHomeTests
{
    private static TiupHome Resolve(params (string Name, string Value)[] variables) =>
        TiupHome.Resolve(name => variables.FirstOrDefault(variable => variable.Name == name).Value);

    [Fact]
    public void Is_below_HOME_by_default()
    {
        var home = Resolve(("HOME", "/home/ops"));

        Assert.Equal("/home/ops/.tiup", home.Root);
        Assert.Equal("/home/ops/.tiup/storage/dm/clusters", home.ClustersDirectory);
    }

    [Fact]
    public void Is_TIUP_HOME_when_set() =>
        Assert.Equal("/data/tiup/storage/dm/packages", Resolve(("HOME", "/home/ops"), ("TIUP_HOME", "/data/tiup")).PackagesDirectory);

    [Fact]
    public void Takes_the_data_directory_that_tiup_hands_to_its_components()
    {
        var home = Resolve(("HOME", "/home/ops"), ("TIUP_COMPONENT_DATA_DIR", "/elsewhere/dm"));

        Assert.Equal("/elsewhere/dm/audit", home.AuditDirectory);
        Assert.Equal("/home/ops/.tiup/bin", home.BinDirectory);
    }

    [Fact]
    public void An_empty_variable_is_one_that_is_not_set() =>
        Assert.Equal("/home/ops/.tiup", Resolve(("HOME", "/home/ops"), ("TIUP_HOME", "")).Root);

    [Fact]
    public void Says_what_to_set_where_there_is_no_home() =>
        Assert.Equal(
            "neither TIUP_HOME nor HOME is set, so there is no place for TiUP's files; set TIUP_HOME to the directory that `tiup` uses",
            Assert.Throws<StorageException>(() => Resolve()).Message);
}
