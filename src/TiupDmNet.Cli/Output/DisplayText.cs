using System.Text;
using TiupDmNet.Rollout.Display;

namespace TiupDmNet.Cli.Output;

/// <summary>A cluster as TiUP prints it (pingcap/tiup pkg/cluster/manager/display.go:115).</summary>
internal sealed class DisplayText(ReportRequest request, bool colour)
{
    private const int LabelWidth = 20;

    public string Of(ClusterReport report)
    {
        var text = new StringBuilder();
        Line("Cluster type:", "dm");
        Line("Cluster name:", report.Name);
        Line("Cluster version:", report.Version);
        Line("Deploy user:", report.DeployUser);
        Line("SSH type:", report.SshType);
        if (report.Tls is { } tls)
        {
            Line("TLS encryption:", "enabled");
            Line("CA certificate:", tls.Ca);
            Line("Client private key:", tls.ClientKey);
            Line("Client certificate:", tls.ClientCertificate);
        }

        if (report.GrafanaUrls.Count > 0)
        {
            Line("Grafana URL:", string.Join(',', report.GrafanaUrls));
        }

        return text.Append(Table(report)).Append("Total nodes: ").Append(report.Nodes.Count).Append('\n').ToString();

        void Line(string label, string value) => text.Append(label.PadRight(LabelWidth)).Append(colour ? Ansi.Paint(value, Ansi.BoldCyan) : value).Append('\n');
    }

    private string Table(ClusterReport report)
    {
        var columns = Columns(report);
        var table = new TextTable([.. columns.Select(column => column.Header)]);
        foreach (var node in report.Nodes)
        {
            table.Add([.. columns.Select(column => column.Cell(node))]);
        }

        return table.Render(colour ? Paint : null);

        string Paint(int column, string cell) => columns[column].Header switch
        {
            "ID" => Ansi.Paint(cell, Ansi.Cyan),
            "Status" when Ansi.OfStatus(cell) is { } paint => Ansi.Paint(cell, paint),
            _ => cell,
        };
    }

    private List<(string Header, Func<NodeReport, string> Cell)> Columns(ClusterReport report)
    {
        var columns = new List<(string Header, Func<NodeReport, string> Cell)>
        {
            ("ID", node => node.Node.Id),
            ("Role", node => node.Role),
            ("Host", node => node.Node.Host),
        };
        if (report.Nodes.Any(node => node.Node.ManageHost != node.Node.Host))
        {
            columns.Add(("Manage Host", node => node.Node.ManageHost));
        }

        columns.Add(("Ports", node => node.Ports));
        columns.Add(("OS/Arch", node => node.Platform));
        columns.Add(("Status", node => node.Status));
        if (request.Uptime)
        {
            columns.Add(("Since", node => Readable.Uptime(node.Uptime)));
        }

        columns.Add(("Data Dir", node => node.Node.WrittenDataDir.Length == 0 ? "-" : node.Node.WrittenDataDir));
        columns.Add(("Deploy Dir", node => node.Node.WrittenDeployDir));
        if (request.Builds)
        {
            columns.Add(("Build", Build));
        }

        return columns;
    }

    /// <summary>The hash on disk, and that of the running process where it is another one.</summary>
    private static string Build(NodeReport node) => node.Build switch
    {
        null => "N/A",
        { RunningSha256: "" } build => $"{Readable.Hash(build.DiskSha256)} (not running)",
        var build when build.RunningSha256 == build.DiskSha256 => Readable.Hash(build.DiskSha256),
        var build => $"{Readable.Hash(build.DiskSha256)} (runs {Readable.Hash(build.RunningSha256)})",
    };
}
