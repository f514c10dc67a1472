using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Intake;
using TiupDmNet.Mirror.Publishing.Merging;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>The versions of other mirrors, into one that is kept here.</summary>
internal static class MergeCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "merge",
            "Take the versions of other mirrors into a mirror of your own; the others are verified like any mirror",
            """
            dotnet dm-patch mirror merge ./from-the-other-site --root ./other-root.json --mirror ./my-mirror
            dotnet dm-patch mirror merge https://mirror.example/ --mirror ./my-mirror --on-conflict keep --dry-run
            """);
        var others = new Argument<string[]>("mirror") { Description = "URLs or directories; the first comes first", Arity = ArgumentArity.OneOrMore };
        var roots = OptionTypes.Repeated("--root", "path", "The root to trust for a mirror, this once; as many as mirrors, in their order [default: those that this profile trusts]");
        var policy = OptionTypes.OneOf("--on-conflict", "What to do where both have the same version with other content, or a component of another owner [default: refuse]", "refuse", "keep", "replace");
        var owner = OptionTypes.Text("--owner", "id", "Owner of components that are new here [default: of the same id as there]");
        var place = new MirrorPlace(app);
        var intake = new IntakePlace();
        command.Arguments.Add(others);
        foreach (var option in (Option[])[roots, policy, owner])
        {
            command.Options.Add(option);
        }

        place.AddTo(command);
        intake.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var read = globals.Read(parsed);
            var sources = Sources(app.MirrorSettings, parsed.GetRequiredValue(others), parsed.GetValue(roots) ?? []);
            intake.RequireConfirmation(app, parsed, read);
            var clients = sources.Select(settings => new MirrorClient(settings, app.Time)).ToList();
            try
            {
                var merger = new MirrorMerger(place.Directory(parsed), place.Keys.Directory(parsed), app.Time, place.Keys.Served(parsed));
                var plan = await merger.PlanAsync(clients, Policy(parsed.GetValue(policy)), parsed.GetValue(owner), cancellation);
                app.Terminal.Say($"{string.Join(", ", clients.Select(client => client.Address))} into {plan.Directory}: {IntakeView.Summary(plan.Packages, plan.Changes, plan.MissingBytes)}");
                plan.RequireNoConflicts();
                foreach (var conflict in plan.Conflicts)
                {
                    app.Terminal.SayWarning($"{conflict}; {(plan.Policy == ConflictPolicy.Keep ? "stays as it is" : "will be replaced")}");
                }

                var result = await intake.RunAsync(
                    app, parsed, read, plan.Packages, plan.Changes, (jobs, progress) => merger.RunAsync(plan, jobs, progress, cancellation), cancellation);
                if (read.Json)
                {
                    app.Terminal.Write(Document(plan, result));
                }

                return ExitCode.Done;
            }
            finally
            {
                clients.ForEach(client => client.Dispose());
            }
        });
        return command;
    }

    private static IReadOnlyList<MirrorSettings> Sources(MirrorSettings settings, string[] addresses, string[] roots) => roots.Length == 0 || roots.Length == addresses.Length
        ? [.. addresses.Select((address, number) => settings with { AddressOverride = address, RootFile = roots.Length == 0 ? null : Path.GetFullPath(roots[number]) })]
        : throw new UsageException($"--root must be given once for each mirror, in their order: {Readable.Count(addresses.Length, "mirror")}, {Readable.Count(roots.Length, "root")}");

    private static ConflictPolicy Policy(string? word) => word switch
    {
        "keep" => ConflictPolicy.Keep,
        "replace" => ConflictPolicy.Replace,
        _ => ConflictPolicy.Refuse,
    };

    private static string Document(MergePlan plan, IntakeResult? result) => Json.Document(new JObject
    {
        ["mirror"] = plan.Directory,
        ["done"] = result is not null,
        ["published"] = result?.Changed ?? false,
        ["freshUntil"] = result?.FreshUntil.UtcDateTime,
        ["bytesToFetch"] = result is null ? plan.MissingBytes : 0,
        ["packages"] = IntakeView.Packages(plan.Packages, result),
        ["changes"] = IntakeView.Changes(plan.Changes),
        ["conflicts"] = new JArray(plan.Conflicts.Select(conflict => new JObject
        {
            ["component"] = conflict.Component,
            ["version"] = conflict.Version,
            ["platform"] = conflict.Platform?.ToString(),
            ["source"] = conflict.Source,
            ["why"] = conflict.Why,
        })),
    });
}
