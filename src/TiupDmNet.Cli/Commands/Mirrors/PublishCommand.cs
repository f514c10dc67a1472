using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>A package becomes a version of a component, in a mirror's directory or through a tiup-server.</summary>
internal static class PublishCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "publish",
            "Put a package on the mirror as a version of a component; done means that the mirror serves it",
            """
            dotnet dm-patch mirror publish dm-worker v8.5.0-hotfix.1 dm-worker-hotfix-linux-amd64.tar.gz dm-worker/dm-worker --os linux --arch amd64
            dotnet dm-patch mirror publish dm-worker v8.5.0-hotfix.1 dm-worker-hotfix-linux-amd64.tar.gz dm-worker/dm-worker --mirror http://mirror:8989 --key-dir ~/keys
            """);
        var component = OptionTypes.Word("component", "Id of the component");
        var version = OptionTypes.Word("version", "Such as v8.5.0; TiUP orders v8.5.0-hotfix.1 below v8.5.0, so it is installed only by its name");
        var tarball = OptionTypes.Word("tarball", "The package");
        var entry = OptionTypes.Word("entry", "The program in it, such as dm-worker/dm-worker");
        var platform = new PlatformOptions();
        var description = OptionTypes.Text("--desc", "text", "Description of the component");
        var owner = OwnerOption();
        var force = OptionTypes.Flag("--force", "Put it in the place of the same version that is there");
        var standalone = OptionTypes.Flag("--standalone", "A new component runs by itself");
        var hide = OptionTypes.Flag("--hide", "A new component is left out of lists");
        var place = new MirrorPlace(app, throughServer: true);
        foreach (var argument in (Argument[])[component, version, tarball, entry])
        {
            command.Arguments.Add(argument);
        }

        platform.AddTo(command);
        foreach (var option in (Option[])[description, owner, force, standalone, hide])
        {
            command.Options.Add(option);
        }

        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var publication = new Publication
            {
                Component = parsed.GetRequiredValue(component),
                Version = parsed.GetRequiredValue(version),
                Platform = platform.Read(parsed),
                TarballPath = parsed.GetRequiredValue(tarball),
                Entry = parsed.GetRequiredValue(entry),
                Description = parsed.GetValue(description),
                Owner = parsed.GetValue(owner),
                Force = parsed.GetValue(force),
                Standalone = parsed.GetValue(standalone),
                Hidden = parsed.GetValue(hide),
            };
            using var publisher = await place.OpenForVersionsAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var item = await RunAsync(app, publisher, publication, cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(Document(item, publisher.Address)));
            }

            return ExitCode.Done;
        });
        return command;
    }

    public static Option<string?> OwnerOption() => OptionTypes.Text("--owner", "id", "Owner of a new component [default: the one whose keys are there]");

    /// <summary>Publishes, shows how far it is, and says when it is done.</summary>
    public static async Task<VersionItem> RunAsync(App app, IVersionPublisher publisher, Publication publication, CancellationToken cancellation)
    {
        var line = app.Terminal.IsLive ? new TransferLine(app.Terminal) : null;
        VersionItem item;
        try
        {
            item = await publisher.PublishAsync(publication, line, cancellation);
        }
        finally
        {
            line?.Clear();
        }

        app.Terminal.Say($"published {item.Component} {item.Version} for {item.Platform} ({item.Sha256})");
        return item;
    }

    public static JObject Document(VersionItem item, string mirror) => new()
    {
        ["mirror"] = mirror,
        ["component"] = item.Component,
        ["version"] = item.Version.Text,
        ["platform"] = item.Platform.ToString(),
        ["file"] = item.FileName,
        ["entry"] = item.Entry,
        ["sha256"] = item.Sha256,
        ["length"] = item.Length,
    };
}
