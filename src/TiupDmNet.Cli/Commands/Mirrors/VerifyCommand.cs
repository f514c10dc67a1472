using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Inspection;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Whether the mirror has all that a DM cluster needs: asked before a change window, not in it.</summary>
internal static class VerifyCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "verify",
            "Check that the mirror has every package that a DM cluster of a version needs; exit code 5 when one is missing or wrong",
            """
            dotnet dm-patch mirror verify --version v8.5.0 --os linux --arch amd64
            dotnet dm-patch mirror verify --component dm-worker --version v8.5.0-hotfix.1 --packages
            """);
        var version = OptionTypes.Text("--version", "version", "Of the cluster, or of the components [default: the newest stable ones]");
        var components = OptionTypes.List("--component", "name", "Only these [default: all that TiUP takes for a DM cluster, monitoring included]");
        var read = OptionTypes.Flag("--packages", "Read every package and compare its hashes; without it only presence and length");
        var platform = new PlatformOptions();
        command.Options.Add(components);
        command.Options.Add(version);
        platform.AddTo(command);
        command.Options.Add(read);
        command.SetAction(async (parsed, cancellation) =>
        {
            var needs = Needs(parsed.GetValue(components) ?? [], parsed.GetValue(version));
            var on = platform.Read(parsed);
            using var mirror = app.Mirror();
            var findings = new List<PackageFinding>();
            foreach (var need in needs)
            {
                findings.Add(await mirror.CheckAsync(need, on, parsed.GetValue(read), cancellation));
            }

            var problems = findings.Count(finding => finding.Problem is not null);
            app.Terminal.Write(globals.Read(parsed).Json ? Document(mirror.Address, findings) : Table(findings));
            app.Terminal.Say(problems == 0
                ? $"{mirror.Address} has all of it"
                : $"{mirror.Address} lacks {problems} of {Readable.Count(findings.Count, "package")}");
            return problems == 0 ? ExitCode.Done : ExitCode.Drift;
        });
        return command;
    }

    private static IReadOnlyList<Need> Needs(string[] components, string? version) => components.Length > 0
        ? [.. components.Select(component => new Need(component, version))]
        : DmClusterNeeds.Of(version ?? throw new UsageException("say which version of DM with --version, or which components with --component"));

    private static string Table(IReadOnlyList<PackageFinding> findings)
    {
        var table = new TextTable("Component", "Version", "Platform", "Size", "State");
        foreach (var finding in findings)
        {
            table.Add(finding.Component, finding.Version.Length > 0 ? finding.Version : "-", finding.Platform.ToString(), finding.Length > 0 ? Readable.Size(finding.Length) : "-", finding.Problem ?? "good");
        }

        return table.Render();
    }

    private static string Document(string address, IReadOnlyList<PackageFinding> findings) => Json.Document(new JObject
    {
        ["mirror"] = address,
        ["good"] = findings.All(finding => finding.Problem is null),
        ["packages"] = new JArray(findings.Select(finding => new JObject
        {
            ["component"] = finding.Component,
            ["version"] = finding.Version,
            ["platform"] = finding.Platform.ToString(),
            ["file"] = finding.FileName,
            ["length"] = finding.Length,
            ["problem"] = finding.Problem,
        })),
    });
}
