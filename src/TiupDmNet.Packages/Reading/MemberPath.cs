using System.Text;

namespace TiupDmNet.Packages.Reading;

/// <summary>Which names a member and the target of a link may have. What is refused here would reach outside of the directory it is unpacked to.</summary>
internal static class MemberPath
{
    /// <summary>PATH_MAX of Linux, less room for the directory it is unpacked to.</summary>
    private const int LongestPath = 3072;

    /// <summary>NAME_MAX of Linux.</summary>
    private const int LongestName = 255;

    /// <summary>Directories below each other; far more than any package has, few enough to check each of them.</summary>
    private const int Deepest = 100;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Without "./", doubled and trailing slashes; "" for the top directory itself.</summary>
    /// <param name="latin1">The name's bytes, as Latin-1.</param>
    /// <exception cref="FormatException">The message is the end of a sentence that starts with the package's name.</exception>
    public static string Normalise(string latin1)
    {
        var written = Decode(latin1);
        if (written.Length == 0)
        {
            throw new FormatException("holds a member without a name");
        }

        if (written[0] == '/')
        {
            throw new FormatException($"is hostile: the path {Text.Shown(written)} is absolute; a package may only write below the directory it is unpacked to");
        }

        CheckCharacters(written);
        var parts = new List<string>();
        foreach (var part in written.Split('/'))
        {
            switch (part)
            {
                case "" or ".":
                    break;
                case "..":
                    throw new FormatException($"is hostile: the path {Text.Shown(written)} climbs out with \"..\"; a package may only write below the directory it is unpacked to");
                default:
                    parts.Add(part);
                    break;
            }
        }

        if (parts.Count > Deepest)
        {
            throw new FormatException($"holds a path of more than {Deepest} directories: {Text.Shown(written)}");
        }

        if (Strict.GetByteCount(written) > LongestPath || parts.Any(part => Strict.GetByteCount(part) > LongestName))
        {
            throw new FormatException($"holds a path that is too long for a file system: {Text.Shown(written)}");
        }

        return string.Join('/', parts);
    }

    /// <summary>
    /// A link may climb with leading ".." as far as the top of the package, then go down. A ".." further back could climb out through
    /// another link, so it is refused. Links themselves lie in real directories, which <see cref="MemberTable"/> sees to.
    /// </summary>
    /// <returns>The target as written.</returns>
    public static string CheckSymbolicLink(string path, string latin1Target)
    {
        var target = Decode(latin1Target);
        CheckCharacters(target);
        if (target.Length == 0)
        {
            throw new FormatException($"holds a link without a target: {Text.Shown(path)}");
        }

        var depth = path.Count(c => c == '/');
        var descending = false;
        foreach (var part in target.Split('/'))
        {
            if (part is ".." && !descending)
            {
                depth--;
            }
            else if (part is "..")
            {
                depth = -1;
            }
            else if (part is not ("" or "."))
            {
                descending = true;
            }

            if (depth < 0)
            {
                break;
            }
        }

        return depth >= 0 && target[0] != '/'
            ? target
            : throw new FormatException($"is hostile: the link {Text.Shown(path)} points out of the package, to {Text.Shown(target)}");
    }

    public static string Decode(string latin1)
    {
        try
        {
            return Strict.GetString(Encoding.Latin1.GetBytes(latin1));
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException($"holds a name that is not UTF-8: {Text.Shown(latin1)}");
        }
    }

    private static void CheckCharacters(string written)
    {
        if (written.Contains('\\', StringComparison.Ordinal))
        {
            throw new FormatException($"is hostile: the name {Text.Shown(written)} contains a backslash");
        }

        if (written.Any(Text.IsHidden))
        {
            throw new FormatException($"is hostile: the name {Text.Shown(written)} contains a control character");
        }
    }
}
