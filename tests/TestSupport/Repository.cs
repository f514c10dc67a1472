namespace TiupDmNet.TestSupport;

/// <summary>Places of this repository, found from where the tests run.</summary>
public static class Repository
{
    /// <summary>The directory with TiupDmNet.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Golden data made by TiUP's own code that may not be part of the repository; null where it is not beside the checkout.</summary>
    public static string? SharedGolden
    {
        get
        {
            var path = Path.Combine(Root, "..", "shared", "golden");
            return Directory.Exists(path) ? Path.GetFullPath(path) : null;
        }
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "TiupDmNet.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository");
    }
}
