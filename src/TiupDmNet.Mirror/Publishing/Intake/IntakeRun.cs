namespace TiupDmNet.Mirror.Publishing.Intake;

/// <summary>
/// Takes packages and versions of other mirrors into one: packages first, under names that no manifest of the mirror knows, then the manifests as
/// one change. Whatever stops it before the last rename, readers have the mirror of before, and the next run goes on with what was fetched.
/// </summary>
/// <param name="fill">Works out what is taken. Called twice, see <see cref="MirrorIntake"/>.</param>
internal sealed class IntakeRun(MirrorPublisher publisher, string deed, Func<MirrorIntake, CancellationToken, Task> fill)
{
    /// <summary>An unchanged mirror is signed anew when it would not be good for longer.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromDays(10);

    /// <summary>What would be done to the mirror as it is now.</summary>
    public async Task<MirrorIntake> PreviewAsync(CancellationToken cancellation)
    {
        using var held = await publisher.LockAsync(deed, cancellation).ConfigureAwait(false);
        return (await WorkOutAsync(cancellation).ConfigureAwait(false)).Intake;
    }

    /// <param name="jobs">So many packages at a time.</param>
    /// <param name="beforeManifests">Files that go with the packages.</param>
    public async Task<IntakeResult> RunAsync(
        int jobs, IProgress<DownloadProgress>? progress, Func<MirrorIntake, Task> beforeManifests, CancellationToken cancellation)
    {
        var preview = await PreviewAsync(cancellation).ConfigureAwait(false);
        preview.RequireKeys(publisher.Keys);
        var packages = await FetchAsync(preview.Packages, jobs, progress, cancellation).ConfigureAwait(false);

        // Not before: who publishes need not wait for the packages.
        using var held = await publisher.LockAsync(deed, cancellation).ConfigureAwait(false);
        var (edit, intake) = await WorkOutAsync(cancellation).ConfigureAwait(false);
        if (!intake.Packages.Select(Key).ToHashSet().IsSubsetOf(preview.Packages.Select(Key)))
        {
            throw new MirrorException(
                MirrorFailure.Unavailable, $"cannot {deed}: somebody has published other versions there in the meantime; run the command again, what was fetched is kept");
        }

        var isStale = edit.FreshUntil - publisher.Time.GetUtcNow() < Margin;
        await beforeManifests(intake).ConfigureAwait(false);
        if (intake.HasChanged || isStale)
        {
            await intake.PutAsync(publisher.Keys, cancellation).ConfigureAwait(false);
            await edit.CommitAsync(cancellation).ConfigureAwait(false);
            edit = await publisher.BeginAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return new IntakeResult(intake.HasChanged || isStale, packages, edit.FreshUntil);
    }

    private static (string, string) Key(Incoming package) => (package.FileName, package.Item.Sha256);

    private async Task<(MirrorEdit Edit, MirrorIntake Intake)> WorkOutAsync(CancellationToken cancellation)
    {
        var edit = await publisher.BeginAsync(cancellation).ConfigureAwait(false);
        var intake = new MirrorIntake(edit, publisher.Time.GetUtcNow());
        await fill(intake, cancellation).ConfigureAwait(false);
        await RefuseSharedNamesAsync(edit, intake, cancellation).ConfigureAwait(false);
        return (edit, intake);
    }

    /// <summary>"a-v1" in version "v2" and "a" in version "v1-v2" would be one file. Nobody names things so who means well.</summary>
    private static async Task RefuseSharedNamesAsync(MirrorEdit edit, MirrorIntake intake, CancellationToken cancellation)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var id in edit.CurrentIndex.Components.Keys.Where(id => intake.Component(id) is null))
        {
            foreach (var item in (await edit.ReadComponentAsync(id, cancellation).ConfigureAwait(false))!.Value.Manifest.Items)
            {
                hashes.TryAdd(item.FileName, item.Sha256);
            }
        }

        foreach (var package in intake.Packages)
        {
            if (!hashes.TryAdd(package.FileName, package.Item.Sha256) && hashes[package.FileName] != package.Item.Sha256)
            {
                throw new MirrorException(
                    MirrorFailure.Untrusted,
                    $"{package.Item.Component} {package.Item.Version} of {package.From.Mirror.Address} would be stored as {package.FileName}, and so would another package; leave one of them out");
            }
        }
    }

    private async Task<IReadOnlyList<DownloadedPackage>> FetchAsync(
        IReadOnlyList<Incoming> packages, int jobs, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        IncomingPackages.RequireSpace(publisher.Address, packages);
        var fetched = new DownloadedPackage[packages.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, packages.Count),
            new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation },
            async (number, token) =>
            {
                var package = packages[number];
                fetched[number] = await package.From.Mirror
                    .BringAsync(package.Item, Path.Combine(publisher.Address, package.FileName), progress, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
        return fetched;
    }
}
