using System.CommandLine;
using System.Globalization;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Intake;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>What <c>clone</c> and <c>merge</c> have in common: show, ask, fetch, publish, and say how it went.</summary>
internal sealed class IntakePlace
{
    private readonly Option<int> _jobs = OptionTypes.Count("--jobs", 3, "So many packages at a time", "-j");
    private readonly Option<bool> _dryRun = OptionTypes.Flag("--dry-run", "Only show what would be done");

    public void AddTo(Command command)
    {
        command.Options.Add(_jobs);
        command.Options.Add(_dryRun);
    }

    /// <exception cref="UsageException">There is nobody to ask.</exception>
    public void RequireConfirmation(App app, ParseResult parsed, Globals globals)
    {
        if (!parsed.GetValue(_dryRun))
        {
            Confirmation.Require(app.Terminal, globals.Yes);
        }
    }

    /// <returns>Null when it was only shown.</returns>
    public async Task<IntakeResult?> RunAsync(
        App app,
        ParseResult parsed,
        Globals globals,
        IReadOnlyList<IncomingPackage> packages,
        IReadOnlyList<MirrorChange> changes,
        Func<int, IProgress<DownloadProgress>?, Task<IntakeResult>> run,
        CancellationToken cancellation)
    {
        var dryRun = parsed.GetValue(_dryRun);
        var table = packages.Count + changes.Count > 0 ? IntakeView.Table(packages, changes) : "";
        if (dryRun)
        {
            app.Terminal.Write(globals.Json ? "" : table);
            return null;
        }

        app.Terminal.WriteError(table);
        await Confirmation.AskAsync(app.Terminal, globals.Yes || (changes.Count == 0 && packages.All(package => package.IsPresent)), cancellation);
        await using var audit = new AuditTrail(app.BeginAudit());
        var bar = app.Terminal.IsLive ? new TransferLine(app.Terminal) : null;
        IntakeResult result;
        try
        {
            result = await run(parsed.GetValue(_jobs), bar);
        }
        catch (Exception failure)
        {
            await audit.NoteFailureAsync(failure);
            throw;
        }
        finally
        {
            bar?.Clear();
        }

        await audit.NoteEndAsync(ExitCode.Done);
        app.Terminal.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{Readable.Count(result.Packages.Count, "package")} verified, {result.Fetched} fetched; {(result.Changed ? "published" : "nothing new to publish")}, good until {result.FreshUntil.UtcDateTime:yyyy-MM-dd HH:mm}Z (`mirror refresh` lengthens it)"));
        return result;
    }
}
