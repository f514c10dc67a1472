using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Commands.Mirrors;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;
using TiupDmNet.Packages;
using TiupDmNet.Storage;

namespace TiupDmNet.Cli.Commands;

/// <summary><c>--publish</c> of <c>package build</c>: what was built becomes a version of its own on a mirror.</summary>
internal sealed class BuildPublication(App app)
{
    private readonly Option<string?> _version = OptionTypes.Text(
        "--publish", "version", "Publish it too, as this version: TiUP orders v8.5.0-hotfix.1 below v8.5.0, so where that is, the hotfix is installed only by its name");

    private readonly Option<string?> _owner = PublishCommand.OwnerOption();
    private readonly MirrorPlace _place = new(app, throughServer: true);

    public void AddTo(Command command)
    {
        command.Options.Add(_version);
        _place.AddTo(command);
        command.Options.Add(_owner);
    }

    /// <summary>Finds out what can be before anything is built. Null when nothing is to be published.</summary>
    /// <exception cref="UsageException">Options that go with <c>--publish</c> are there without it.</exception>
    public async Task<OpenPublication?> OpenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_version) is not { } version)
        {
            return parsed.GetValue(_owner) is null && !_place.IsGiven(parsed)
                ? null
                : throw new UsageException("--mirror, --key-dir and --owner say where --publish puts a package; say as which version with --publish v8.5.0-hotfix.1");
        }

        VersionPublisher.RequireVersion(version);
        return new OpenPublication(app, await _place.OpenForVersionsAsync(parsed, cancellation), version, parsed.GetValue(_owner));
    }
}

/// <summary>A mirror that waits for what is being built.</summary>
internal sealed class OpenPublication(App app, IVersionPublisher publisher, string version, string? owner) : IDisposable
{
    public string Mirror => publisher.Address;

    /// <summary>Publishes all packages, or none if it can be seen that one of them would be refused.</summary>
    /// <param name="platform">What was asked for; null where that is what the packages are.</param>
    /// <exception cref="RefusedException">Not all are published. The packages stay, and the message says where.</exception>
    public async Task<IReadOnlyList<VersionItem>> RunAsync(IReadOnlyList<ComponentPackage> packages, Platform? platform, CancellationToken cancellation)
    {
        var publications = new List<Publication>();
        var built = $"{string.Join(" and ", packages.Select(package => package.Path))} {(packages.Count == 1 ? "stays as it was" : "stay as they were")} built";
        foreach (var package in packages)
        {
            publications.Add(await TryAsync(
                async () =>
                {
                    var publication = Describe(package, platform);
                    await publisher.CheckAsync(publication, cancellation);
                    return publication;
                },
                $"nothing was published, and {built}"));
        }

        await using var audit = new AuditTrail(app.BeginAudit());
        var published = new List<VersionItem>();
        foreach (var publication in publications)
        {
            var before = string.Concat(published.Select(item => $"{item.Component} {item.Version} is published; "));
            published.Add(await TryAsync(
                () => PublishCommand.RunAsync(app, publisher, publication, cancellation), $"{before}{publication.TarballPath} stays as it was built, for `mirror publish`"));
            app.HasBegun = true;
        }

        await audit.NoteEndAsync(ExitCode.Done);
        return published;
    }

    public void Dispose() => publisher.Dispose();

    private Publication Describe(ComponentPackage package, Platform? platform)
    {
        var real = new Platform("linux", package.Executable.Architecture);
        if (platform is not null && platform != real)
        {
            throw new RefusedException($"{package.Path} is for {real}, and {platform} was asked for");
        }

        return package.IsCanonical
            ? new Publication { Component = package.Component, Version = version, Platform = real, TarballPath = package.Path, Entry = package.EntryPath, Owner = owner }
            : throw new RefusedException($"{package.Path} has its program at {package.EntryPath}, and TiUP starts {package.CanonicalEntryPath}");
    }

    private static async Task<T> TryAsync<T>(Func<Task<T>> act, string consequence)
    {
        try
        {
            return await act();
        }
        catch (Exception error) when (error is MirrorException or StorageException or RefusedException or FormatException)
        {
            throw new RefusedException($"{error.Message}; {consequence}");
        }
    }
}
