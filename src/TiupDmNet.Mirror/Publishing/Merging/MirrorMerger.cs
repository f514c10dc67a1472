using TiupDmNet.Mirror.Publishing.Intake;

namespace TiupDmNet.Mirror.Publishing.Merging;

/// <summary>
/// Takes the versions of other mirrors into one that is kept here, signed by the keys of this one. The others are verified like any mirror that
/// is read: under a root that the operator trusts. Versions that were withdrawn there are not taken.
/// </summary>
/// <param name="directory">The mirror that takes.</param>
public sealed class MirrorMerger(string directory, string? keysDirectory, TimeProvider time, ServedKeys served = ServedKeys.Refused)
{
    private readonly string _directory = Path.GetFullPath(directory);

    /// <summary>What merging would do. Changes nothing.</summary>
    /// <param name="sources">In the order in which they are taken: what comes first is there when the next one comes. Still needed by <see cref="RunAsync"/>.</param>
    /// <param name="owner">Of components that are new here; null for one of the same id as at the source, who is made if there is none.</param>
    /// <exception cref="MirrorException">One of the mirrors cannot be read, or breaks a rule.</exception>
    public async Task<MergePlan> PlanAsync(
        IReadOnlyList<MirrorClient> sources, ConflictPolicy policy, string? owner = null, CancellationToken cancellation = default)
    {
        using var publisher = await MirrorPublisher.OpenAsync(_directory, keysDirectory, time, served, cancellation).ConfigureAwait(false);
        var components = new List<SourceComponent>();
        foreach (var source in sources)
        {
            components.AddRange(await ReadAsync(source, cancellation).ConfigureAwait(false));
        }

        var plan = new MergePlan(_directory, [], [], [], policy) { Sources = components, Owner = owner };
        var conflicts = new List<MergeConflict>();
        var intake = await Run(publisher, plan, conflicts).PreviewAsync(cancellation).ConfigureAwait(false);
        intake.RequireKeys(publisher.Keys);
        return plan with { Packages = IncomingPackages.Describe(_directory, intake.Packages), Changes = intake.Changes, Conflicts = conflicts };
    }

    /// <summary>Fetches what is missing and publishes it as one change.</summary>
    /// <param name="jobs">So many packages at a time.</param>
    /// <exception cref="MirrorException">There are conflicts under <see cref="ConflictPolicy.Refuse"/>; nothing was changed.</exception>
    public async Task<IntakeResult> RunAsync(MergePlan plan, int jobs = 3, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        plan.RequireNoConflicts();
        using var publisher = await MirrorPublisher.OpenAsync(_directory, keysDirectory, time, served, cancellation).ConfigureAwait(false);
        var conflicts = new List<MergeConflict>();
        return await Run(publisher, plan, conflicts).RunAsync(jobs, progress, RefuseNewConflictsAsync, cancellation).ConfigureAwait(false);

        Task RefuseNewConflictsAsync(MirrorIntake intake)
        {
            (plan with { Conflicts = conflicts }).RequireNoConflicts();
            return Task.CompletedTask;
        }
    }

    private async Task<IReadOnlyList<SourceComponent>> ReadAsync(MirrorClient source, CancellationToken cancellation)
    {
        if (MirrorAddress.Same(source.Address, _directory))
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"{_directory} cannot be merged into itself; name another mirror");
        }

        var index = await source.GetIndexAsync(cancellation).ConfigureAwait(false);
        var components = new List<SourceComponent>();
        foreach (var listing in index.Components.Values.Where(listing => !listing.Yanked).OrderBy(listing => listing.Id, StringComparer.Ordinal))
        {
            components.Add(await source.ReadComponentAsync(listing.Id, cancellation).ConfigureAwait(false));
        }

        return components;
    }

    private IntakeRun Run(MirrorPublisher publisher, MergePlan plan, List<MergeConflict> conflicts) => new(
        publisher,
        $"merge into {_directory}",
        async (intake, cancellation) =>
        {
            conflicts.Clear();
            foreach (var source in plan.Sources)
            {
                await MergeAsync(intake, source, plan, conflicts, cancellation).ConfigureAwait(false);
            }
        });

    private async Task MergeAsync(MirrorIntake intake, SourceComponent source, MergePlan plan, List<MergeConflict> conflicts, CancellationToken cancellation)
    {
        var items = source.Manifest.Items.Where(item => !item.Yanked).ToList();
        if (items.Count == 0 || !Belongs(intake, source, plan, conflicts))
        {
            return;
        }

        var own = await intake.OpenAsync(source.Id, cancellation).ConfigureAwait(false);
        if (own.IsEmpty)
        {
            own.Describe(source.Manifest.Description);
        }

        intake.List(source, plan.Owner);
        foreach (var item in items)
        {
            var present = own.Find(item);
            if (present is not null && present.Sha256 != item.Sha256)
            {
                conflicts.Add(new MergeConflict(
                    source.Id, item.Version.Text, item.Platform, source.Mirror.Address, $"its SHA-256 is {present.Sha256[..16]}… in {_directory} and {item.Sha256[..16]}… on {source.Mirror.Address}"));
            }

            if (present is null || (present.Sha256 != item.Sha256 && plan.Policy == ConflictPolicy.Replace))
            {
                own.Take(source, item);
            }
        }

        if (source.Manifest.Nightly is { } nightly && !own.HasNightly && items.Any(item => item.Version.Text == nightly))
        {
            own.BecomeNightly(source, nightly);
        }
    }

    /// <summary>False when the component is another owner's here, and stays so.</summary>
    private bool Belongs(MirrorIntake intake, SourceComponent source, MergePlan plan, List<MergeConflict> conflicts)
    {
        var (here, there) = ((string?)intake.Listing(source.Id)?["owner"], plan.Owner ?? source.Listing.Owner);
        if (here is null || here == there)
        {
            return true;
        }

        conflicts.Add(new MergeConflict(source.Id, null, null, source.Mirror.Address, $"it belongs to {here} in {_directory} and to {there} on {source.Mirror.Address}"));
        if (plan.Policy != ConflictPolicy.Replace)
        {
            return false;
        }

        intake.Own(source.Id, there, there == source.Listing.Owner ? source.OwnerName : there);
        return true;
    }
}
