using TiupDmNet.MirrorFixtures;
using TiupDmNet.TestSupport;

// Makes mirror-fixtures/good, mirror-fixtures/hostile and mirror-fixtures/fixtures.json again. Without --new-keys the same bytes each time.
if (args is ["--new-keys"])
{
    FixtureFiles.MakeKeys();
}

var target = Path.Combine(Repository.Root, "mirror-fixtures");
var files = FixtureFiles.Make();
foreach (var directory in FixtureFiles.Directories.Select(name => Path.Combine(target, name)).Where(Directory.Exists))
{
    Directory.Delete(directory, recursive: true);
}

foreach (var (name, bytes) in files)
{
    var path = Path.Combine(target, name);
    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    File.WriteAllBytes(path, bytes);
}

Console.WriteLine($"{files.Count} files, {files.Values.Sum(bytes => (long)bytes.Length)} bytes in {target}");
