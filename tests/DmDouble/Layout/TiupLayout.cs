using System.Text;

namespace DmDouble;

/// <summary>One dm-master or dm-worker as TiUP deploys it.</summary>
/// <param name="Component">dm-master or dm-worker.</param>
/// <param name="Host">Address.</param>
/// <param name="Port">Client port.</param>
/// <param name="PeerPort">Of a dm-master; 0 for a dm-worker.</param>
/// <param name="DeployDir">Absolute.</param>
public sealed record LayoutNode(string Component, string Host, int Port, int PeerPort, string DeployDir)
{
    public string Id => $"{Host}:{Port}";

    public string Name => $"dm-{Host}-{Port}";

    public string Unit => $"{Component}-{Port}.service";

    public string Binary => $"{DeployDir}/bin/{Component}/{Component}";

    public bool IsMaster => Component == "dm-master";
}

/// <summary>The texts that <c>tiup dm deploy</c> writes (pingcap/tiup embed/templates): run scripts, configurations, units and meta.yaml.</summary>
public static class TiupLayout
{
    public static string RunScript(LayoutNode node, IReadOnlyList<LayoutNode> masters, bool tls = false)
    {
        var scheme = tls ? "https" : "http";
        var log = $"{node.DeployDir}/log/{node.Component}";
        string[] arguments = node.IsMaster
            ?
            [
                $"--name=\"{node.Name}\"",
                $"--master-addr=\"{node.Host}:{node.Port}\"",
                $"--advertise-addr=\"{node.Id}\"",
                $"--peer-urls=\"{scheme}://{node.Host}:{node.PeerPort}\"",
                $"--advertise-peer-urls=\"{scheme}://{node.Host}:{node.PeerPort}\"",
                $"--log-file=\"{log}.log\"",
                $"--data-dir=\"{node.DeployDir}/data\"",
                $"--initial-cluster=\"{string.Join(',', masters.Select(master => $"{master.Name}={scheme}://{master.Host}:{master.PeerPort}"))}\"",
                $"--config=conf/{node.Component}.toml",
            ]
            :
            [
                $"--name=\"{node.Name}\"",
                $"--worker-addr=\"{node.Host}:{node.Port}\"",
                $"--advertise-addr=\"{node.Id}\"",
                $"--log-file=\"{log}.log\"",
                $"--join=\"{string.Join(',', masters.Select(master => master.Id))}\"",
                $"--config=conf/{node.Component}.toml",
            ];
        return $"""
            #!/bin/bash
            set -e

            DEPLOY_DIR={node.DeployDir}

            cd "$DEPLOY_DIR" || exit 1

            exec bin/{node.Component}/{node.Component} \
                {string.Join(" \\\n    ", arguments)} >> "{log}_stdout.log" 2>> "{log}_stderr.log"
            """;
    }

    public static string Configuration(LayoutNode node, bool tls = false) =>
        $"# WARNING: This file is auto-generated. Do not edit! All your modification will be overwritten!\n# {node.Component}\n"
        + (tls ? $"ssl-ca = \"{node.DeployDir}/tls/ca.crt\"\nssl-cert = \"{node.DeployDir}/tls/{node.Component}.crt\"\nssl-key = \"{node.DeployDir}/tls/{node.Component}.pem\"\n" : "");

    /// <param name="node">Whose unit.</param>
    /// <param name="user">The deploy user; null for a unit of the user manager.</param>
    public static string Unit(LayoutNode node, string? user) => $"""
        [Unit]
        Description={node.Component} service
        After=syslog.target network.target remote-fs.target nss-lookup.target

        [Service]
        LimitNOFILE=1000000
        LimitSTACK=10485760
        {(user is null ? "" : $"User={user}")}
        ExecStart=/bin/bash -c '{node.DeployDir}/scripts/run_{node.Component}.sh'
        Restart=always

        RestartSec=15s

        [Install]
        WantedBy=multi-user.target

        """;

    /// <summary>In the layout of yaml.v3, with what TiUP fills in.</summary>
    public static string MetaYaml(string user, string version, string deployDir, bool userMode, bool tls, IEnumerable<LayoutNode> masters, IEnumerable<LayoutNode> workers)
    {
        var text = new StringBuilder();
        text.Append($"user: {user}\ndm_version: {version}\ntopology:\n    global:\n        user: {user}\n        ssh_port: 22\n        ssh_type: builtin\n");
        text.Append(tls ? "        enable_tls: true\n" : "");
        text.Append($"        deploy_dir: {deployDir}\n        data_dir: data\n        os: linux\n        systemd_mode: {(userMode ? "user" : "system")}\n");
        AppendNodes(text, "master_servers", masters);
        AppendNodes(text, "worker_servers", workers);
        return text.Append("    monitoring_servers: []\n").ToString();
    }

    private static void AppendNodes(StringBuilder text, string key, IEnumerable<LayoutNode> nodes)
    {
        text.Append($"    {key}:\n");
        foreach (var node in nodes)
        {
            text.Append($"        - host: {node.Host}\n          ssh_port: 22\n          name: {node.Name}\n          port: {node.Port}\n");
            text.Append(node.IsMaster ? $"          peer_port: {node.PeerPort}\n" : "");
            text.Append($"          deploy_dir: {node.DeployDir}\n          data_dir: {node.DeployDir}/data\n          arch: amd64\n          os: linux\n");
        }
    }
}
