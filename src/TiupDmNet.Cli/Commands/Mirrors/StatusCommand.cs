using System.CommandLine;
using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>How long a mirror is still good. Made for cron: exit code 5 while there is time to act.</summary>
internal static class StatusCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "status",
            "Show every manifest of the mirror: version, expiry, keys; exit code 5 when one expires soon",
            """
            dotnet dm-patch mirror status
            dotnet dm-patch mirror status --components --warn-days 14 --format json
            """);
        var components = OptionTypes.Flag("--components", "The manifests of the components too");
        var days = OptionTypes.Count("--warn-days", 7, "Exit code 5 when something expires within so many days");
        command.Options.Add(components);
        command.Options.Add(days);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var mirror = app.Mirror();
            var seen = await mirror.InspectAsync(parsed.GetValue(components), cancellation);
            var now = app.Time.GetUtcNow();
            var soon = seen.ExpiringWithin(TimeSpan.FromDays(parsed.GetValue(days)), now);
            app.Terminal.Write(globals.Read(parsed).Json ? Document(seen, soon, now) : Table(seen, now));
            foreach (var manifest in soon)
            {
                app.Terminal.SayWarning($"{manifest.Name} {(manifest.Left(now) < TimeSpan.Zero ? "has expired" : "expires")} ({Readable.Moment(manifest.Expires)}); {Remedy(manifest.Name)}");
            }

            return soon.Count == 0 ? ExitCode.Done : ExitCode.Drift;
        });
        return command;
    }

    private static string Table(TrustedMirror mirror, DateTimeOffset now)
    {
        var table = new TextTable("Manifest", "Version", "Expires", "Days left", "Signatures", "Keys");
        foreach (var manifest in mirror.Roles.Concat(mirror.Components))
        {
            table.Add(
                manifest.Name,
                manifest.Version.ToString(CultureInfo.InvariantCulture),
                Readable.Moment(manifest.Expires),
                manifest.DaysLeft(now).ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{manifest.Threshold} of {manifest.KeyIds.Count}"),
                string.Join(' ', manifest.KeyIds.Select(Readable.Short)));
        }

        return $"Mirror: {mirror.Address}\n{table.Render()}";
    }

    private static string Document(TrustedMirror mirror, IReadOnlyList<RoleStatus> soon, DateTimeOffset now) => Json.Document(new JObject
    {
        ["mirror"] = mirror.Address,
        ["good"] = soon.Count == 0,
        ["manifests"] = new JArray(mirror.Roles.Concat(mirror.Components).Select(manifest => new JObject
        {
            ["name"] = manifest.Name,
            ["version"] = manifest.Version,
            ["expires"] = manifest.Expires.UtcDateTime,
            ["daysLeft"] = manifest.DaysLeft(now),
            ["threshold"] = manifest.Threshold,
            ["keys"] = new JArray(manifest.KeyIds),
            ["soon"] = soon.Contains(manifest),
        })),
    });

    private static string Remedy(string name) => name switch
    {
        "root" => "make the next one with `mirror rotate` where its keys are",
        _ => "renew it with `mirror refresh` where its keys are",
    };
}
