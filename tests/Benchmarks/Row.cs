using System.Globalization;

namespace TiupDmNet.Benchmarks;

/// <summary>One measurement beside the public tool's.</summary>
/// <param name="What">What was done.</param>
/// <param name="Ours">Seconds, median.</param>
/// <param name="Tool">The public tool, "" where there is none to compare with.</param>
/// <param name="Theirs">Seconds, median.</param>
/// <param name="Goal">Highest ratio that is good; null for none.</param>
/// <param name="Note">Something to know about it, such as sizes.</param>
internal sealed record Row(string What, double Ours, string Tool, double Theirs, double? Goal, string Note)
{
    public bool Failed => Skipped is not null;

    /// <summary>Why it could not be measured.</summary>
    public string? Skipped { get; init; }

    public static Row NotMeasured(string what, string why) => new(what, 0, "", 0, null, "") { Skipped = why };

    public static void Print(IEnumerable<Row> rows)
    {
        Console.WriteLine();
        Console.WriteLine($"{"what",-44} {"ours",8} {"tool",-10} {"theirs",8} {"ratio",6} {"goal",6}  note");
        foreach (var row in rows)
        {
            Console.WriteLine(row.Skipped is { } why
                ? $"{row.What,-44} not measured: {why}"
                : string.Create(CultureInfo.InvariantCulture, $"{row.What,-44} {Seconds(row.Ours),8} {row.Tool,-10} {(row.Tool.Length > 0 ? Seconds(row.Theirs) : ""),8} {(row.Tool.Length > 0 ? (row.Ours / row.Theirs).ToString("0.00", CultureInfo.InvariantCulture) : ""),6} {row.Goal?.ToString("0.00", CultureInfo.InvariantCulture) ?? "",6}  {row.Note}"));
        }
    }

    private static string Seconds(double seconds) => seconds.ToString("0.000 s", CultureInfo.InvariantCulture);
}
