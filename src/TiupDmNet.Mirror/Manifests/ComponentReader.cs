namespace TiupDmNet.Mirror.Manifests;

/// <summary>Reads a component manifest. Its signatures are someone else's affair.</summary>
internal static class ComponentReader
{
    public static (ManifestHeader Header, ComponentManifest Manifest) Read(SignedDocument document, string id)
    {
        var header = ManifestHeader.Read(document, RoleNames.Component);
        var fields = document.Signed;
        if (fields.Text("id") is var actual && actual != id)
        {
            throw fields.Refuse($"it is the manifest of component '{actual}', not of {id}");
        }

        var nightly = fields.Text("nightly");
        var items = fields.Object("platforms").Members().SelectMany(platform => ReadPlatform(id, platform.Name, platform.Value));
        return (header, new ComponentManifest(id, fields.Text("description"), nightly.Length == 0 ? null : nightly, header.Version, header.Expires, [.. items]));
    }

    private static IEnumerable<VersionItem> ReadPlatform(string id, string name, Fields versions)
    {
        if (name.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
        {
            throw versions.Refuse($"'{name}' is no platform");
        }

        var platform = Parse(() => Platform.Parse(name), versions);

        // An item without an entry does not exist for TiUP. (manifest.go:288)
        foreach (var (version, item) in versions.Members().Where(member => member.Value.Text("entry").Length > 0))
        {
            yield return ReadItem(id, Parse(() => TiupVersion.Parse(version), item), platform, item);
        }
    }

    private static VersionItem ReadItem(string id, TiupVersion version, Platform platform, Fields item)
    {
        var url = item.Text("url");
        if (!RoleNames.IsSafeUrl(url))
        {
            throw item.Refuse($"the url of {version} on {platform} is '{url}', which is no file of the mirror");
        }

        var hashes = FileHashes.Read(item, $"{version} on {platform}");
        return new VersionItem(
            id, version, platform, url[1..], item.Text("entry"), item.Text("released"), item.Flag("yanked"), hashes.Sha256, hashes.Sha512, item.Number("length"));
    }

    private static T Parse<T>(Func<T> parse, Fields fields)
    {
        try
        {
            return parse();
        }
        catch (FormatException error)
        {
            throw fields.Refuse(error.Message);
        }
    }
}
