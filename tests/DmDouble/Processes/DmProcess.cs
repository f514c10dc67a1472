using System.Runtime.InteropServices;
using DmDouble.Wire;

namespace DmDouble.Processes;

/// <summary>What both DM programs do with their command line.</summary>
internal static class DmProcess
{
    private static readonly string[] Booleans = ["V", "print-sample-config"];

    /// <summary>Answers <c>-V</c>, <c>--help</c> and wrong flags; otherwise hands on the options.</summary>
    /// <param name="options">Known keys of the command line; file keys besides them.</param>
    /// <param name="unknownOptions">Makes the error for keys of the file that the program does not know.</param>
    /// <returns>The exit code, or null and the settings.</returns>
    public static int? TryParse(
        IReadOnlyList<string> args, BuildStamp stamp, OptionNames options, Func<string, string> unknownOptions, out Settings settings)
    {
        settings = new Settings([]);
        GoFlags flags;
        try
        {
            flags = GoFlags.Parse(args, new HashSet<string>([.. Booleans, .. options.Booleans]), new HashSet<string>(options.Flags));
        }
        catch (GoFlagException e)
        {
            Console.Error.WriteLine($"{(e.IsHelp ? "" : e.Message + "\n")}Usage of {options.Program}:\n{string.Join('\n', options.Flags.Order().Select(f => $"  -{f} string"))}");
            return e.IsHelp ? 0 : WrongUsage(e.Message);
        }

        if (stamp.Faults?.LoaderError is { } loader)
        {
            Console.Error.WriteLine(loader);
            return 1;
        }

        if (flags.Is("V"))
        {
            if (stamp.Faults?.VersionExitCode is { } code)
            {
                return code;
            }

            Console.Out.Write(stamp.Describe() + "\n");
            return 0;
        }

        if (flags.Is("print-sample-config"))
        {
            Console.Out.WriteLine($"# {options.Program} Configuration.");
            return 0;
        }

        if (stamp.Faults?.StartExitCode is { } startCode)
        {
            Console.Error.WriteLine("panic: this build does not start");
            return startCode;
        }

        Dictionary<string, string> values = [];
        if (flags.Get("config") is { } config)
        {
            try
            {
                values = TomlKeys.Read(File.ReadAllText(config));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return WrongUsage($"open {config}: no such file or directory");
            }
            catch (FormatException e)
            {
                return WrongUsage(e.Message);
            }

            var unknown = values.Keys.Where(k => !options.Flags.Contains(k) && !options.Booleans.Contains(k) && !options.FileOnly.Contains(k)).Order().ToList();
            if (unknown.Count > 0)
            {
                return WrongUsage(unknownOptions(string.Join(",", unknown)));
            }
        }

        foreach (var name in options.Flags.Concat(options.Booleans))
        {
            if (flags.Get(name) is { } value)
            {
                values[name] = value;
            }
        }

        settings = new Settings(values);
        return null;
    }

    public static int WrongUsage(string message)
    {
        Console.Out.WriteLine($"parse cmd flags err: {message}");
        return 2;
    }

    /// <summary>Completes at the first SIGTERM, SIGINT, SIGHUP or SIGQUIT; later ones do nothing.</summary>
    public static Task StopSignal(KnobFile knobs, List<IDisposable> registrations)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
        {
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                if (!knobs.Now.IgnoreTerm)
                {
                    stop.TrySetResult();
                }
            }));
        }

        return stop.Task;
    }

    /// <summary>Ends the process as a Go panic would, if the build has that fault.</summary>
    public static void CrashLater(BuildStamp stamp)
    {
        if (stamp.Faults?.CrashAfterMs is { } ms)
        {
            _ = Task.Delay(ms).ContinueWith(_ =>
            {
                Console.Error.WriteLine("panic: runtime error: invalid memory address or nil pointer dereference");
                // Not Environment.Exit: a panic runs no handlers.
                NativeMethods._exit(2);
            }, TaskScheduler.Default);
        }
    }

    public static Tls? LoadTls(Settings settings) =>
        settings.Get("ssl-ca") is { Length: > 0 } ca ? new Tls(ca, settings.Required("ssl-cert"), settings.Required("ssl-key")) : null;

    private static class NativeMethods
    {
        [DllImport("libc")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern void _exit(int code);
    }
}

/// <param name="FileOnly">Keys of the configuration file that are no flags.</param>
internal sealed record OptionNames(string Program, IReadOnlyList<string> Booleans, IReadOnlyList<string> Flags, IReadOnlyList<string> FileOnly);

/// <summary>The configuration file overlaid with the flags.</summary>
internal sealed class Settings(Dictionary<string, string> values)
{
    public string? Get(string name) => values.GetValueOrDefault(name);

    public string Get(string name, string fallback) => values.TryGetValue(name, out var value) && value.Length > 0 ? value : fallback;

    public string Required(string name) => Get(name) is { Length: > 0 } value ? value : throw new FormatException($"{name} is not set");
}

/// <summary><c>host:port</c>, also with an IPv6 host in brackets.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    public static HostPort Parse(string text)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? new Uri(text).Authority : text;
        var colon = address.LastIndexOf(':');
        return colon >= 0 && int.TryParse(address[(colon + 1)..], out var port)
            ? new HostPort(address[..colon], port)
            : throw new FormatException($"address {text}: missing port in address");
    }
}
