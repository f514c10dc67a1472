using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Output;
using TiupDmNet.Storage;

namespace TiupDmNet.Cli;

/// <summary>Turns what went wrong into a sentence on standard error and an exit code.</summary>
internal sealed class Failures(App app)
{
    public int Report(Exception failure, bool json)
    {
        var code = ExitCode.Of(failure, app.HasBegun);
        if (!ExitCode.IsExpected(failure))
        {
            Say($"{failure.GetType().Name}: {failure.Message} This is a fault of the program. {Keep(failure)}", code, json);
            return code;
        }

        Say(failure is OperationCanceledException ? Interrupted() : failure.Message, code, json);
        return code;
    }

    public int Usage(string message, bool json)
    {
        Say(message, ExitCode.Usage, json);
        return ExitCode.Usage;
    }

    private string Interrupted() => app.HasBegun ? "interrupted" : "interrupted; nothing was changed";

    private void Say(string message, int code, bool json)
    {
        if (json)
        {
            app.Terminal.WriteError(Json.Line(new JObject { ["schema"] = Json.Schema, ["error"] = message, ["exitCode"] = code }));
        }
        else
        {
            app.Terminal.SayError(message);
        }
    }

    private string Keep(Exception failure)
    {
        try
        {
            var directory = Path.Combine(app.Home.Root, "logs");
            Directory.CreateDirectory(directory);
            var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"dm-patch-debug-{app.Time.GetLocalNow():yyyy-MM-dd-HH-mm-ss}.log"));
            File.WriteAllText(path, $"{string.Join(' ', app.TypedCommand)}\n{failure}\n");
            return $"The details are in {path}.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StorageException)
        {
            return $"The details could not be kept ({e.Message}):\n{failure}";
        }
    }
}
