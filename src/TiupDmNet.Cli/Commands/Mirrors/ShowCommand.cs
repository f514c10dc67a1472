using System.CommandLine;
using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>The address of the mirror in use, alone on standard output as TiUP prints it; what is trusted of it beside that. Asks no mirror.</summary>
internal static class ShowCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "show",
            "Print the address of the mirror in use, and say what is trusted of it; asks no mirror",
            """
            dotnet dm-patch mirror show
            dotnet dm-patch mirror show --format json
            """);
        command.SetAction((parsed, _) =>
        {
            var mirror = app.MirrorProfile().Describe();
            var now = app.Time.GetUtcNow();
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Document(mirror, now));
            }
            else
            {
                app.Terminal.Write(mirror.Address + "\n");
                Say(app.Terminal, mirror, now);
            }

            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static void Say(Terminal terminal, MirrorInUse mirror, DateTimeOffset now)
    {
        terminal.Say(mirror.Source switch
        {
            AddressSource.Environment => $"the address is from TIUP_MIRRORS; without it {mirror.ProfileAddress} is used",
            AddressSource.Profile => $"the address is from {mirror.ConfigFile}",
            _ => $"the address is the default, for {mirror.ConfigFile} names none",
        });
        foreach (var other in mirror.OtherAddresses)
        {
            terminal.Say($"tried when it cannot be reached: {other}");
        }

        terminal.Say(mirror.Root is { } root ? $"trusted: {Line(root, now)}" : mirror.Problem!);
        foreach (var pin in mirror.Pins)
        {
            terminal.Say($"pinned for {pin.Address ?? "another address"} ({Path.GetFileName(pin.File)}): {(pin.Root is { } pinned ? Line(pinned, now) : "the file is no root")}");
        }
    }

    private static string Line(RoleStatus root, DateTimeOffset now)
    {
        var days = root.DaysLeft(now);
        var left = days < 0 ? "has expired" : days == 0 ? "expires today" : Readable.Count((int)days, "day") + " left";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"root {root.Version}, good until {Readable.Moment(root.Expires)} ({left}), {root.Threshold} of {Readable.Count(root.KeyIds.Count, "key")}: {string.Join(' ', root.KeyIds.Select(Readable.Short))}");
    }

    private static string Document(MirrorInUse mirror, DateTimeOffset now) => Json.Document(new JObject
    {
        ["address"] = mirror.Address,
        ["source"] = mirror.Source switch
        {
            AddressSource.Environment => "TIUP_MIRRORS",
            AddressSource.Profile => "tiup.toml",
            _ => "default",
        },
        ["configFile"] = mirror.ConfigFile,
        ["profileAddress"] = mirror.ProfileAddress,
        ["otherAddresses"] = new JArray(mirror.OtherAddresses),
        ["root"] = RootJson.Of(mirror.Root, now),
        ["problem"] = mirror.Problem,
        ["pins"] = new JArray(mirror.Pins.Select(pin => new JObject { ["file"] = pin.File, ["address"] = pin.Address, ["root"] = RootJson.Of(pin.Root, now) })),
    });
}
