using TiupDmNet.Mirror.Tests.Support;
using TiupServerDouble;

namespace TiupDmNet.Mirror.Tests.Publishing.Server;

/// <summary>Publishing through a server that does not do what it says, or not at once.</summary>
public sealed class ServerFaultTests
{
    private static readonly string[] OneAttempt = ["tarball", "component dm-worker"];

    [Theory]
    [InlineData(CommitFault.Conflict)]
    [InlineData(CommitFault.ConsumedTarball)]
    [InlineData(CommitFault.InternalError)]
    public async Task Sends_everything_again_in_a_new_session(CommitFault fault)
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(fault, times: 2);

        await mirror.PublishAsync();

        Assert.Equal([.. OneAttempt, .. OneAttempt, .. OneAttempt], mirror.Server.Calls);
        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Theory]
    [InlineData(UploadFault.InternalError)]
    [InlineData(UploadFault.Invalid)]
    [InlineData(UploadFault.Cut)]
    public async Task An_upload_that_failed_is_not_followed_by_its_manifest(UploadFault fault)
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnUpload(fault, times: 2);

        await mirror.PublishAsync(_ => mirror.Hotfix(new string('x', 8 << 20)));

        Assert.Equal(["tarball", "tarball", .. OneAttempt], mirror.Server.Calls);
        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Theory]
    [InlineData(CommitFault.LostAnswer)]
    [InlineData(CommitFault.LateError)]
    public async Task What_was_published_without_a_word_is_not_published_twice(CommitFault fault)
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(fault);

        await mirror.PublishAsync();

        Assert.Equal(OneAttempt, mirror.Server.Calls);
        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Fact]
    public async Task A_last_answer_that_is_lost_is_looked_after_too()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.LostAnswer);

        await mirror.PublishAsync(settings: settings => settings with { Attempts = 1 });

        Assert.Equal(OneAttempt, mirror.Server.Calls);
    }

    [Fact]
    public async Task A_package_that_the_session_has_lost_is_sent_again_under_the_same_name()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.ForgottenSession);

        var item = await mirror.PublishAsync();

        Assert.Equal([.. OneAttempt, .. OneAttempt], mirror.Server.Calls);
        Assert.Equal("dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz", item.FileName);
        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Fact]
    public async Task A_package_that_is_lost_every_time_is_said_to_be_missing()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.ForgottenSession, times: 3);

        Assert.Equal(
            "cannot publish dm-worker v8.5.0-hotfix.1 on MIRROR: the server says that it is done, and there is no dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz (3 attempts); "
            + "the mirror names it and does not serve it: publish it again with --force, or withdraw it with `mirror yank dm-worker v8.5.0-hotfix.1`",
            await mirror.RefusalAsync());
    }

    [Fact]
    public async Task A_package_that_is_served_with_other_bytes_is_not_published()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.ForgottenSession, times: 3);
        await File.WriteAllTextAsync(Path.Combine(mirror.Mirror, "dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz"), "an older file");

        Assert.StartsWith(
            "cannot publish dm-worker v8.5.0-hotfix.1 on MIRROR: the server says that it is done, and dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz is not what was sent: its SHA-256 is ",
            await mirror.RefusalAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_that_is_served_longer_than_it_was_sent_is_not_read_to_its_end()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.ForgottenSession, times: 3);
        await File.WriteAllBytesAsync(Path.Combine(mirror.Mirror, "dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz"), new byte[1 << 20]);
        var hotfix = mirror.Hotfix();

        Assert.StartsWith(
            $"cannot publish dm-worker v8.5.0-hotfix.1 on MIRROR: the server says that it is done, and dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz is longer than the {new FileInfo(hotfix.TarballPath).Length} bytes that were sent (",
            await mirror.RefusalAsync(_ => hotfix),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_says_done_and_did_nothing_is_not_believed()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.FalseSuccess);

        Assert.Equal(
            "cannot publish dm-worker v8.5.0-hotfix.1 on MIRROR: the server says that it is done, and the mirror serves version 14 of the component's manifest where 15 was sent; "
            + "whether it has happened, `mirror list dm-worker` will tell",
            await mirror.RefusalAsync());
    }

    [Fact]
    public async Task A_new_component_that_did_not_come_is_not_believed_either()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.FalseSuccess);

        Assert.Equal(
            "cannot publish new v8.5.0-hotfix.1 on MIRROR: the server says that it is done, and the mirror serves no such component; whether it has happened, `mirror list new` will tell",
            await mirror.RefusalAsync(hotfix => hotfix with { Component = "new", Owner = "pingcap" }));
    }

    [Fact]
    public async Task Conflicts_without_end_end_with_nothing_published()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.Conflict, times: 3);

        Assert.Equal(
            "cannot publish dm-worker v8.5.0-hotfix.1 on MIRROR: the server answered 409 Conflict (MANIFEST CONFLICT: the manifest provided is not new enough) (3 attempts); the mirror does not have it",
            await mirror.RefusalAsync());
    }

    [Fact]
    public async Task Who_is_overtaken_publishes_on_top_of_it()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        var others = new Queue<string>(["v8.5.0-hotfix.8", "v8.5.0-hotfix.9"]);
        mirror.Server.BeforeCommit = () => others.TryDequeue(out var version)
            ? mirror.AtDirectoryAsync(keeper => keeper.PublishAsync("dm-worker", version, ServedMirrorHarness.Amd64, mirror.Tarball("dm-worker/dm-worker", version), "dm-worker/dm-worker"))
            : Task.CompletedTask;

        await mirror.PublishAsync();

        Assert.Equal([.. OneAttempt, .. OneAttempt, .. OneAttempt], mirror.Server.Calls);
        foreach (var version in (string[])["v8.5.0-hotfix.1", "v8.5.0-hotfix.8", "v8.5.0-hotfix.9"])
        {
            Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", version));
        }
    }

    [Fact]
    public async Task Who_is_overtaken_with_the_same_version_does_not_replace_it()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        var theirs = mirror.Hotfix("theirs");
        mirror.Server.BeforeCommit = () =>
        {
            mirror.Server.BeforeCommit = () => Task.CompletedTask;
            return mirror.AtDirectoryAsync(keeper => keeper.PublishAsync(theirs));
        };

        Assert.Equal("dm-worker v8.5.0-hotfix.1 for linux/amd64 exists already; publish another version, or replace it with `mirror publish --force`", await mirror.RefusalAsync());
        Assert.Equal(await File.ReadAllBytesAsync(theirs.TarballPath), await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Fact]
    public async Task Two_publishers_at_once_both_get_through()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();

        await Task.WhenAll(Enumerable.Range(1, 3).Select(number =>
            mirror.PublishAsync(hotfix => hotfix with { Version = $"v8.5.0-hotfix.{number}" }, settings => settings with { Attempts = 10 })));

        using var client = mirror.Client();
        Assert.Equal(3, (await client.GetComponentAsync("dm-worker")).Items.Count(item => item.Version.Text.StartsWith("v8.5.0-hotfix", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_upload_that_nobody_takes_is_given_up()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnUpload(UploadFault.Stall);
        var hotfix = mirror.Hotfix(new string('x', 48 << 20));

        Assert.Equal(
            "cannot publish dm-worker v8.5.0-hotfix.1 on MIRROR: the server was silent for 0.3 s (1 attempts); the mirror does not have it",
            await mirror.RefusalAsync(_ => hotfix, settings => settings with { Attempts = 1, StallTimeout = TimeSpan.FromSeconds(0.3) }));
        Assert.Equal(["tarball"], mirror.Server.Calls);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.Silence, times: 2);

        Assert.Equal(
            "cannot publish dm-worker v8.5.0-hotfix.1 on MIRROR: the server was silent for 0.3 s (2 attempts); the mirror does not have it",
            await mirror.RefusalAsync(settings: settings => settings with { Attempts = 2, CommitTimeout = TimeSpan.FromSeconds(0.3) }));
    }

    [Fact]
    public async Task When_the_mirror_cannot_be_read_afterwards_nobody_knows()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.BeforeCommit = () =>
        {
            mirror.Server.StatusOfFile = file => file == "timestamp.json" ? 503 : null;
            return Task.CompletedTask;
        };

        Assert.Equal(
            "cannot fetch timestamp.json from MIRROR: the server answered 503 Service Unavailable (3 attempts); whether it has happened, `mirror list dm-worker` will tell",
            await mirror.RefusalAsync());
        Assert.Equal(OneAttempt, mirror.Server.Calls);
    }

    [Fact]
    public async Task An_upload_that_is_too_large_for_a_proxy_is_refused_before_it_is_sent()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnUpload(UploadFault.TooLarge);

        Assert.Equal(
            "MIRROR does not take a package of this size: the server answered 413 Payload Too Large", await mirror.RefusalAsync(_ => mirror.Hotfix(new string('x', 8 << 20))));
        Assert.Equal(["tarball"], mirror.Server.Calls);
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_accept_is_not_tried_twice()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        await mirror.AtDirectoryAsync(keeper => keeper.GrantAsync("dba", "DBAs"));
        using var publisher = await mirror.OpenAsync();

        // The component changes hands between the reading and the manifest.
        mirror.Server.BeforeCommit = () => mirror.GiveAsync("dm-worker", "dba");

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.PublishAsync(mirror.Hotfix()));

        Assert.Equal($"{mirror.Server.Address} lets nobody with these keys change the component: the server answered 403 Forbidden (FORBIDDEN: permission denied)", error.Message);
        Assert.Equal(OneAttempt, mirror.Server.Calls);
    }

    [Fact]
    public async Task A_cache_on_the_way_is_given_a_moment()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        string[] files = ["timestamp.json", "snapshot.json"];
        foreach (var file in files)
        {
            File.Copy(Path.Combine(mirror.Mirror, file), mirror[file]);
        }

        var stale = 4;
        mirror.Server.BeforeCommit = () =>
        {
            mirror.Server.CachedFile = file => files.Contains(file) && stale-- > 0 ? mirror[file] : null;
            return Task.CompletedTask;
        };

        await mirror.PublishAsync(settings: settings => settings with { Attempts = 5 });

        Assert.Equal(OneAttempt, mirror.Server.Calls);
    }

    [Fact]
    public async Task A_server_that_has_moved_is_not_followed()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnUpload(UploadFault.Moved);

        Assert.Equal(
            "MIRROR has moved to https://mirror.example/ (the server answered 301 Moved Permanently); publish to that address", await mirror.RefusalAsync());
    }

    [Fact]
    public async Task Who_interrupts_it_in_the_middle_is_told_that_it_may_have_happened()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var interrupt = new CancellationTokenSource();
        mirror.Server.OnCommit(CommitFault.Silence);
        mirror.Server.BeforeCommit = () => interrupt.CancelAsync();
        using var publisher = await mirror.OpenAsync();

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.PublishAsync(mirror.Hotfix(), progress: null, interrupt.Token));

        Assert.Equal($"interrupted while {mirror.Server.Address} was asked to publish dm-worker v8.5.0-hotfix.1; whether it has happened, `mirror list dm-worker` will tell", error.Message);
    }

    [Fact]
    public async Task A_package_that_changes_while_it_is_uploaded_is_not_published()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        var hotfix = mirror.Hotfix(new string('x', 1 << 20));
        using var publisher = await mirror.OpenAsync();
        var writing = new Writing(() => File.AppendAllText(hotfix.TarballPath, "more"));

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.PublishAsync(hotfix, writing));

        Assert.Equal($"{hotfix.TarballPath} changed while it was uploaded; publish it again when it is complete", error.Message);
        Assert.DoesNotContain("component dm-worker", mirror.Server.Calls);
    }

    [Fact]
    public async Task A_withdrawal_is_made_again_on_top_of_what_others_did()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.Conflict);
        mirror.Server.OnCommit(CommitFault.LostAnswer);
        using var publisher = await mirror.OpenAsync();

        await publisher.YankAsync("dm-worker", "v8.5.0");

        using var client = mirror.Client();
        Assert.All((await client.GetComponentAsync("dm-worker")).Items.Where(item => item.Version.Text == "v8.5.0"), item => Assert.True(item.Yanked));
        Assert.Equal(["component dm-worker", "component dm-worker"], mirror.Server.Calls);
    }

    [Fact]
    public async Task A_change_of_the_index_that_was_made_without_an_answer_is_found_there()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.LostAnswer);
        using var publisher = await mirror.OpenAsync();

        var said = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Hidden = true });

        Assert.True(said.Hidden);
        Assert.Equal(["component dm-worker"], mirror.Server.Calls);
    }

    [Fact]
    public async Task A_change_of_the_index_that_the_server_only_says_it_made_is_no_success()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Server.OnCommit(CommitFault.FalseSuccess, times: 3);
        using var publisher = await mirror.OpenAsync();

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.ModifyAsync(new Modification { Component = "dm-worker", Hidden = true }));

        Assert.Contains($"cannot modify dm-worker on {mirror.Server.Address}: the server says that it is done, and the mirror serves version ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_file_server_cannot_be_published_on()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await VersionPublisher.OpenAsync(address: null, mirror.AllKeys, harness.Settings, harness.Time);

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.PublishAsync(mirror.Hotfix()));

        Assert.Equal(
            $"{harness.Server.Address} is not served by a tiup-server, which is needed to publish over HTTP (the server answered 404 NotFound); publish to its directory where that is", error.Message);
    }

    private sealed class Writing(Action write) : IProgress<UploadProgress>
    {
        private bool _written;

        public void Report(UploadProgress value)
        {
            if (!_written)
            {
                _written = true;
                write();
            }
        }
    }
}
