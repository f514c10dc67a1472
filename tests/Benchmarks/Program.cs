using TiupDmNet.Benchmarks;

// Ratios against public tools, measured in one run, interleaved, medians: absolute times of a shared machine say little.
Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {Environment.OSVersion.VersionString}");
var only = args.ToHashSet(StringComparer.OrdinalIgnoreCase);
var rows = new List<Row>();
foreach (var (name, run) in new (string, Func<Task<IReadOnlyList<Row>>>)[]
{
    ("package", PackageBenchmark.RunAsync),
    ("upload", UploadBenchmark.RunAsync),
    ("start", StartBenchmark.RunAsync),
    ("mirror", MirrorBenchmark.RunAsync),
})
{
    if (only.Count == 0 || only.Contains(name))
    {
        rows.AddRange(await run());
    }
}

Row.Print(rows);
return rows.Any(row => row.Failed) ? 1 : 0;
