namespace TiupDmNet.Mirror.Manifests;

/// <summary>What every manifest says of itself. (pingcap/tiup pkg/repository/v1manifest/types.go:49)</summary>
internal sealed record ManifestHeader(Origin Origin, DateTimeOffset Expires, long Version)
{
    private const string KnownSpecification = "0.1.0";

    /// <param name="type">The type that is expected here, whatever the document would like to be.</param>
    public static ManifestHeader Read(SignedDocument document, string type)
    {
        var fields = document.Signed;
        if (fields.Text("_type") is var actual && actual != type)
        {
            throw fields.Refuse($"it is of type '{actual}' where '{type}' belongs");
        }

        if (fields.Text("spec_version") is var specification && specification != KnownSpecification)
        {
            throw fields.Refuse($"its format is version '{specification}', and this tool knows {KnownSpecification} only");
        }

        return new ManifestHeader(document.Origin, fields.Time("expires"), fields.Number("version"));
    }
}
