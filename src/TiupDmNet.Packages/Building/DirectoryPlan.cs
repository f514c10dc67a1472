using System.Text;

namespace TiupDmNet.Packages.Building;

/// <summary>What a directory would be as a package.</summary>
internal static class DirectoryPlan
{
    /// <exception cref="PackageException">Not there, or it holds what a package may not.</exception>
    public static PackagePlan Of(string directory)
    {
        var top = new DirectoryInfo(directory);
        if (!top.Exists)
        {
            throw new PackageException($"{directory} is not a directory");
        }

        var plan = new PackagePlan();
        foreach (var found in top.EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            var path = Path.GetRelativePath(directory, found.FullName).Replace(Path.DirectorySeparatorChar, '/');
            plan.PutNew(Member(Sources.MemberPath(path), found));
        }

        return plan;
    }

    private static PlannedMember Member(string path, FileSystemInfo found)
    {
        if (found.LinkTarget is { } target)
        {
            try
            {
                return PlannedMember.Link(path, Reading.MemberPath.CheckSymbolicLink(path, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(target))));
            }
            catch (FormatException fault)
            {
                throw new PackageException($"{found.FullName} cannot be packed: the package {fault.Message}", fault);
            }
        }

        if (found is DirectoryInfo)
        {
            return PlannedMember.Directory(path);
        }

        var (content, isExecutable) = Sources.Open(found.FullName);
        return PlannedMember.File(path, isExecutable, content);
    }
}
