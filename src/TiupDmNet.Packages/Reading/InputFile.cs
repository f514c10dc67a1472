namespace TiupDmNet.Packages.Reading;

/// <summary>Files that an operator names.</summary>
internal static class InputFile
{
    /// <exception cref="PackageException">Missing, a directory, not a file, or not readable.</exception>
    public static FileStream Open(string path, string name)
    {
        if (Directory.Exists(path))
        {
            var whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            throw new PackageException(
                $"{name} is a directory, not a package; pack it with `tar -czf {Text.Word(Path.GetFileName(whole) + ".tar.gz")} -C {Text.Word(Path.GetDirectoryName(whole) ?? "/")} {Text.Word(Path.GetFileName(whole))}`");
        }

        try
        {
            var file = new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = FileOptions.SequentialScan });
            if (file.CanSeek)
            {
                return file;
            }

            file.Dispose();
            throw new PackageException($"{name} is not a regular file");
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PackageException($"{name} does not exist", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new PackageException($"{name} may not be read by this user", fault);
        }
    }
}
