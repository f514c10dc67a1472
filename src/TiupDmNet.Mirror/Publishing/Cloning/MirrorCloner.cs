using TiupDmNet.Mirror.Downloads;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing.Intake;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Publishing.Cloning;

/// <summary>
/// Copies a part of a mirror into a directory that is a mirror of its own, with keys of its own: all that comes in was verified under the source's
/// keys. Cloning into it again keeps its keys, adds and follows what is new, and removes nothing but superseded nightly builds: who trusts the
/// clone goes on.
/// </summary>
/// <param name="source">The mirror to clone.</param>
/// <param name="directory">A clone, an empty directory, or one that does not exist.</param>
/// <param name="keysDirectory">Not within the clone, which is served to the world; null for the place beside it.</param>
public sealed class MirrorCloner(MirrorClient source, string directory, string? keysDirectory, TimeProvider time, ServedKeys served = ServedKeys.Refused)
{
    private const string Bootstrap = "tiup";

    private readonly string _directory = Path.GetFullPath(directory);
    private readonly string _keysDirectory = ServedKeysCheck.Locate(Path.GetFullPath(directory), keysDirectory, served);

    /// <summary>What a new mirror has before anything is published; TiUP never reads one without a timestamp.</summary>
    private static readonly HashSet<string> FirstFiles = new(["1.root.json", RoleNames.RootFile, "1.index.json", RoleNames.SnapshotFile, "lock"], StringComparer.Ordinal);

    /// <summary>What cloning would do. Changes nothing.</summary>
    /// <exception cref="MirrorException">The source lacks something or breaks a rule, or the directory is no place for a clone.</exception>
    public async Task<ClonePlan> PlanAsync(CloneRequest request, CancellationToken cancellation = default)
    {
        await ServedKeysCheck.RefuseAsync(_directory, _keysDirectory, served, cancellation).ConfigureAwait(false);
        if (MirrorAddress.Same(source.Address, _directory))
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"{_directory} is the mirror to clone; give the clone another directory");
        }

        var exists = Exists();
        var selection = new CloneSelection(source, request);
        var selected = await selection.ChooseAsync(cancellation).ConfigureAwait(false);
        var intake = new MirrorIntake(null, time.GetUtcNow());
        if (exists)
        {
            using var publisher = await MirrorPublisher.OpenAsync(_directory, _keysDirectory, time, served, cancellation).ConfigureAwait(false);
            intake = await Run(publisher, selected).PreviewAsync(cancellation).ConfigureAwait(false);
            intake.RequireKeys(publisher.Keys);
        }
        else
        {
            await FillAsync(intake, selected, cancellation).ConfigureAwait(false);
        }

        return new ClonePlan(source.Address, _directory, !exists, IncomingPackages.Describe(_directory, intake.Packages), intake.Changes, selection.Notes) { Selected = selected };
    }

    /// <summary>Fetches what is missing and publishes the clone. Cut off, it leaves the clone of before; run again, it goes on.</summary>
    /// <param name="jobs">So many packages at a time.</param>
    public async Task<IntakeResult> RunAsync(ClonePlan plan, int jobs = 3, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ProfilePaths.EnsureDirectory(_keysDirectory);
        using var alone = await ProfileLock.AcquireAsync(
            Path.Combine(_keysDirectory, "clone.lock"), $"clone into {_directory}", TimeSpan.Zero, time, cancellation).ConfigureAwait(false);
        using var publisher = await OpenAsync(cancellation).ConfigureAwait(false);
        return await Run(publisher, plan.Selected).RunAsync(jobs, progress, intake => BootstrapAsync(intake, cancellation), cancellation).ConfigureAwait(false);
    }

    private bool Exists()
    {
        if (File.Exists(Path.Combine(_directory, RoleNames.TimestampFile)))
        {
            return true;
        }

        return Remains().All(IsRemnant)
            ? false
            : throw new MirrorException(MirrorFailure.NotConfigured, $"{_directory} is neither empty nor a mirror; a new clone needs a directory of its own");
    }

    private IntakeRun Run(MirrorPublisher publisher, IReadOnlyList<SelectedComponent> selected) =>
        new(publisher, $"clone into {_directory}", (intake, cancellation) => FillAsync(intake, selected, cancellation));

    private async Task<MirrorPublisher> OpenAsync(CancellationToken cancellation)
    {
        if (Exists())
        {
            return await MirrorPublisher.OpenAsync(_directory, _keysDirectory, time, served, cancellation).ConfigureAwait(false);
        }

        // What an earlier run has left that died while it made the mirror. Nobody has ever read it.
        foreach (var path in Remains())
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                AtomicFile.Remove(path);
            }
        }

        return await MirrorPublisher.InitAsync(_directory, _keysDirectory, time, cancellation).ConfigureAwait(false);
    }

    private IReadOnlyList<string> Remains() => Directory.Exists(_directory) ? [.. Directory.EnumerateFileSystemEntries(_directory)] : [];

    private static bool IsRemnant(string path) => ChangeJournal.IsRemnant(path) || (File.Exists(path) && FirstFiles.Contains(Path.GetFileName(path)));

    private static async Task FillAsync(MirrorIntake intake, IReadOnlyList<SelectedComponent> selected, CancellationToken cancellation)
    {
        foreach (var (component, items) in selected)
        {
            var own = await intake.OpenAsync(component.Id, cancellation).ConfigureAwait(false);
            var listing = intake.List(component);
            (listing["standalone"], listing["hidden"], listing["yanked"]) = (component.Listing.Standalone, component.Listing.Hidden, component.Listing.Yanked);
            own.Describe(component.Manifest.Description);
            foreach (var item in items)
            {
                own.Take(component, item);
            }

            own.Follow(component);
            if (component.Manifest.Nightly is { } nightly && items.Any(item => item.Version.Text == nightly))
            {
                own.BecomeNightly(component, nightly);
            }
        }
    }

    /// <summary>
    /// The packages without a version that TiUP's installer fetches first. No manifest describes them, so they are made from the verified ones.
    /// (pingcap/tiup pkg/repository/model/model.go:310)
    /// </summary>
    private async Task BootstrapAsync(MirrorIntake intake, CancellationToken cancellation)
    {
        var versions = (intake.Component(Bootstrap)?.Items ?? []).Where(item => !item.Yanked && !item.Version.IsNightly && File.Exists(Path.Combine(_directory, item.FileName)));
        foreach (var newest in versions.GroupBy(item => item.Platform).Select(platform => platform.MaxBy(item => item.Version)!).ToList())
        {
            var target = Path.Combine(_directory, $"{Bootstrap}-{newest.Platform.Os}-{newest.Platform.Arch}.tar.gz");
            if (File.Exists(target) && await PackageHash.DifferenceAsync(target, newest, cancellation).ConfigureAwait(false) is null)
            {
                continue;
            }

            var package = File.OpenRead(Path.Combine(_directory, newest.FileName));
            await using (package.ConfigureAwait(false))
            {
                await AtomicFile.WriteAsync(target, (stream, token) => package.CopyToAsync(stream, token), cancellation: cancellation).ConfigureAwait(false);
            }
        }
    }
}
