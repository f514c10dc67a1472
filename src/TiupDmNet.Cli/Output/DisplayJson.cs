using Newtonsoft.Json.Linq;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Display;

namespace TiupDmNet.Cli.Output;

/// <summary>A cluster in TiUP's JSON, field for field (pingcap/tiup pkg/cluster/manager/display.go:57), with <c>schema</c> in front and <c>build</c> behind.</summary>
internal static class DisplayJson
{
    public static string Of(ClusterReport report, ReportRequest request)
    {
        var document = new JObject { ["cluster_meta"] = Meta(report) };
        if (report.Nodes.Count > 0)
        {
            document["instances"] = new JArray(report.Nodes.Select(node => Instance(report, node, request)));
        }

        return Json.Document(document);
    }

    private static JObject Meta(ClusterReport report)
    {
        var meta = new JObject
        {
            ["cluster_type"] = "dm",
            ["cluster_name"] = report.Name,
            ["cluster_version"] = report.Version,
            ["deploy_user"] = report.DeployUser,
            ["ssh_type"] = report.SshType,
            ["tls_enabled"] = report.Tls is not null,
        };
        if (report.Tls is { } tls)
        {
            meta["tls_ca_cert"] = tls.Ca;
            meta["tls_client_cert"] = tls.ClientCertificate;
            meta["tls_client_key"] = tls.ClientKey;
        }

        if (report.GrafanaUrls.Count > 0)
        {
            meta["grafana_urls"] = new JArray(report.GrafanaUrls);
        }

        return meta;
    }

    private static JObject Instance(ClusterReport report, NodeReport node, ReportRequest request)
    {
        var instance = new JObject
        {
            ["id"] = node.Node.Id,
            ["role"] = node.Role,
            ["host"] = node.Node.Host,
            ["manage_host"] = node.Node.ManageHost,
            ["ports"] = node.Ports,
            ["os_arch"] = node.Platform,
            ["status"] = node.Status,
            ["memory"] = "-",
            ["memory_limit"] = "-",
            ["cpu_quota"] = "-",
            ["since"] = Readable.Uptime(node.Uptime),
            ["data_dir"] = node.Node.WrittenDataDir.Length == 0 ? "-" : node.Node.WrittenDataDir,
            ["deploy_dir"] = node.Node.WrittenDeployDir,
            ["numa_node"] = "-",
            ["numa_cores"] = "-",
            // Alertmanager does not follow the cluster's version.
            ["version"] = node.Node.Component == "alertmanager" ? "" : report.Version,
            ["ComponentName"] = node.Node.Component,
            ["Port"] = node.Node.Port,
        };
        if (request.Builds)
        {
            instance["build"] = node.Build is { } build ? Build(build) : null;
        }

        return instance;
    }

    private static JObject Build(NodeBuild build) => new()
    {
        ["disk_sha256"] = build.DiskSha256,
        ["running_sha256"] = build.RunningSha256,
        ["release_version"] = build.Disk?.ReleaseVersion ?? "",
        ["git_commit"] = build.Disk?.GitCommit ?? "",
    };
}
