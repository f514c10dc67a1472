using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Commands.Mirrors;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;
using TiupDmNet.Packages;

namespace TiupDmNet.Cli.Commands;

/// <summary>Makes hotfix packages: a verified package with files replaced, or what is in a bundle.</summary>
internal sealed class PackageBuildCommand
{
    private readonly App _app;
    private readonly GlobalOptions _globals;
    private readonly Option<string?> _component = OptionTypes.Text("--component", "name", "dm-master, dm-worker, …");
    private readonly Option<string?> _version = OptionTypes.Text("--version", "version", "The version to start from, or \"nightly\" [default: the newest stable one]; with --bundle what it is a build of, for the JSON");
    private readonly PlatformOptions _platform = new();
    private readonly Option<string[]> _replace = OptionTypes.Repeated("--replace", "member=file", "Put a file in the place of a member of the package; repeat for more");
    private readonly Option<string[]> _add = OptionTypes.Repeated("--add", "member=file", "Put in a file that the package need not have; repeat for more");
    private readonly Option<string?> _base = OptionTypes.Text("--base", "file", "Start from this package instead of the one on the mirror");
    private readonly Option<string?> _bundle = OptionTypes.Text("--bundle", "file", "Make one package for each component in this archive");
    private readonly Option<string?> _output = OptionTypes.Text("--output", "path", "File to write, or directory [default: <component>-hotfix-<os>-<arch>.tar.gz here]", "-o");
    private readonly BuildPublication _publish;

    private PackageBuildCommand(App app, GlobalOptions globals) => (_app, _globals, _publish) = (app, globals, new BuildPublication(app));

    public static Command Create(App app, GlobalOptions globals) => new PackageBuildCommand(app, globals).Create();

    private DocumentedCommand Create()
    {
        var command = new DocumentedCommand(
            "build",
            "Make a hotfix package; the same input gives the same bytes",
            """
            dotnet dm-patch package build --component dm-worker --version v8.5.0 --os linux --arch amd64 --replace dm-worker/dm-worker=./dm-worker
            dotnet dm-patch package build --bundle dm-linux-amd64.tar.gz --version v8.5.0
            dotnet dm-patch package build --component dm-worker --version v8.5.0 --replace dm-worker/dm-worker=./dm-worker --publish v8.5.0-hotfix.1 --mirror ./my-mirror
            """);
        _component.CompletionSources.Add([.. Components.Known]);
        command.Options.Add(_component);
        command.Options.Add(_version);
        _platform.AddTo(command);
        foreach (var option in (Option[])[_replace, _add, _base, _bundle, _output])
        {
            command.Options.Add(option);
        }

        _publish.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var bundle = parsed.GetValue(_bundle);
        using var publication = await _publish.OpenAsync(parsed, cancellation);
        var packages = bundle is not null ? await SplitAsync(parsed, bundle, cancellation) : [await BuildAsync(parsed, cancellation)];

        // A base of the operator's own and a bundle are for whatever they are for; the mirror's package was asked for by its platform.
        var platform = bundle is null && parsed.GetValue(_base) is null ? _platform.Read(parsed) : null;
        var published = publication is null ? [] : await publication.RunAsync(packages, platform, cancellation);
        if (_globals.Read(parsed).Json)
        {
            var document = new JObject { ["packages"] = new JArray(packages.Select(package => Document(package, bundle is null ? null : parsed.GetValue(_version)))) };
            if (publication is not null)
            {
                document["published"] = new JArray(published.Select(item => PublishCommand.Document(item, publication.Mirror)));
            }

            _app.Terminal.Write(Json.Document(document));
        }
        else
        {
            _app.Terminal.Write(string.Concat(packages.Select(package => package.Path + "\n")));
        }

        return ExitCode.Done;
    }

    /// <param name="version">What a bundle is said to be a build of; nothing in it tells.</param>
    private static JObject Document(ComponentPackage package, string? version)
    {
        var document = PackageView.Document(package);
        if (version is not null)
        {
            document["version"] = version;
        }

        return document;
    }

    private async Task<IReadOnlyList<ComponentPackage>> SplitAsync(ParseResult parsed, string bundle, CancellationToken cancellation)
    {
        if (Replacements(parsed).Count > 0 || parsed.GetValue(_base) is not null)
        {
            throw new UsageException("--bundle takes every file from the archive; leave --replace, --add and --base out");
        }

        if (parsed.GetValue(_version) is { } version && !TiupVersion.TryParse(version, out _))
        {
            throw new UsageException($"'{version}' is not a version; versions look like v8.5.0 or nightly");
        }

        var directory = parsed.GetValue(_output) ?? ".";
        if (!Directory.Exists(directory))
        {
            throw new UsageException($"with --bundle, --output names a directory that exists, and {directory} is none");
        }

        string[]? only = parsed.GetValue(_component) is { } component ? [component] : null;
        return await BundleSplitter.SplitAsync(
            bundle, only, (name, executable) => Path.Combine(directory, Components.HotfixFileName(name, executable.Architecture)), cancellation);
    }

    private async Task<ComponentPackage> BuildAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var component = parsed.GetValue(_component) ?? throw new UsageException("say which component to build with --component, or which archive to split with --bundle");
        var replacements = Replacements(parsed);
        if (replacements.Count == 0)
        {
            throw new UsageException($"nothing is to be replaced; say what with --replace {Components.CanonicalEntry(component)}=<file>");
        }

        var platform = _platform.Read(parsed);
        var output = parsed.GetValue(_output) ?? ".";
        if (Directory.Exists(output))
        {
            output = Path.Combine(output == "." ? "" : output, $"{component}-hotfix-{platform.Os}-{platform.Arch}.tar.gz");
        }

        if (parsed.GetValue(_base) is { } given)
        {
            return await PackageBuilder.BuildAsync(given, component, replacements, output, cancellation);
        }

        using var mirror = _app.Mirror();
        var verified = await mirror.EnsureCachedAsync(component, parsed.GetValue(_version), platform, progress: null, cancellation);
        _app.Terminal.Say(verified.Offline
            ? $"from {verified.Item.FileName}, verified as of the last time {mirror.Address} could be reached"
            : $"from {verified.Item.FileName}, verified against {mirror.Address}");
        return await PackageBuilder.BuildAsync(verified.Path, component, replacements, output, cancellation);
    }

    private List<Replacement> Replacements(ParseResult parsed) =>
        [.. (parsed.GetValue(_replace) ?? []).Select(text => Split(text, "--replace")), .. (parsed.GetValue(_add) ?? []).Select(text => Split(text, "--add"))];

    private static Replacement Split(string text, string option)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < text.Length - 1
            ? new Replacement(text[..equals], text[(equals + 1)..], Add: option == "--add")
            : throw new UsageException($"{option} takes <member>=<file>, such as dm-worker/dm-worker=./dm-worker, not '{text}'");
    }
}
