namespace DmDouble.Processes;

/// <summary>As much TOML as the configuration of a DM process needs: <c>key = value</c> and <c>[table]</c> lines, flattened to dotted keys.</summary>
internal static class TomlKeys
{
    /// <exception cref="FormatException">A line is neither.</exception>
    public static Dictionary<string, string> Read(string text)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        var table = "";
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line[0] == '[' && line[^1] == ']')
            {
                table = line[1..^1].Trim() + ".";
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new FormatException($"toml: cannot read line '{line}'");
            }

            keys[table + line[..equals].Trim().Trim('"')] = line[(equals + 1)..].Trim().Trim('"');
        }

        return keys;
    }
}
