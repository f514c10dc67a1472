namespace TiupDmNet.DataMigration.Tests.Scripted;

/// <summary>What a DM of today writes, as its own marshaller does it: every field there, 64-bit numbers as text.</summary>
internal static class Answers
{
    public const string Version = """
        Release Version: v8.5.0
        Git Commit Hash: 4fc0a8e8c1d9e0a5a5a5a5a5a5a5a5a5a5a5a5a5
        Git Branch: heads/refs/tags/v8.5.0
        UTC Build Time: 2024-12-17 05:22:21
        Go Version: go version go1.23.3 linux/amd64
        Failpoint Build: false

        """;

    public const string Members = """
        {
          "result": true,
          "msg": "",
          "members": [
            { "leader": { "msg": "", "name": "m1", "addr": "10.0.1.11:8261" } },
            { "master": { "msg": "", "masters": [
                { "name": "m1", "memberID": "11007177379717700053", "alive": true,
                  "peerURLs": [ "http://10.0.1.11:8291" ], "clientURLs": [ "http://10.0.1.11:8261" ] },
                { "name": "m2", "memberID": "1", "alive": false,
                  "peerURLs": [ "http://10.0.1.12:8291" ], "clientURLs": [
                  ] } ] } },
            { "worker": { "msg": "", "workers": [
                { "name": "w1", "addr": "10.0.1.21:8262", "stage": "bound", "source": "mysql-01" },
                { "name": "w2", "addr": "10.0.1.22:8262", "stage": "free", "source": "" },
                { "name": "w3", "addr": "10.0.1.23:8262", "stage": "bound", "source": "mysql-03" } ] } }
          ]
        }
        """;

    /// <summary>mysql-02 has tasks and no worker; mysql-03 has a worker and no task.</summary>
    public const string Tasks = """
        {
          "result": true, "msg": "",
          "sources": [
            { "result": true, "msg": "",
              "sourceStatus": { "source": "mysql-01", "worker": "w1", "result": null, "relayStatus": null },
              "subTaskStatus": [
                { "name": "task-2", "stage": "Paused", "unit": "Sync",
                  "result": { "isCanceled": false,
                    "errors": [ { "ErrCode": 10001, "ErrClass": "database", "ErrScope": "downstream", "ErrLevel": "high",
                                  "Message": "database driver error", "RawCause": "dial tcp 10.0.9.9:4000: connection refused", "Workaround": "" } ],
                    "detail": null },
                  "unresolvedDDLLockID": "task-2-`db`.`t`", "sync": { "syncerBinlog": "", "secondsBehindMaster": "0" }, "validation": null },
                { "name": "task-1", "stage": "Running", "unit": "Sync", "result": null, "unresolvedDDLLockID": "",
                  "sync": { "totalEvents": "0", "totalTps": "0", "recentTps": "0",
                    "masterBinlog": "(mysql-bin.000003, 1979)", "masterBinlogGtid": "e9a1:1-7849",
                    "syncerBinlog": "(mysql-bin.000003, 1878)", "syncerBinlogGtid": "e9a1:1-7840",
                    "blockingDDLs": [
                    ], "unresolvedGroups": [
                    ], "synced": true, "binlogType": "remote",
                    "secondsBehindMaster": "4294967296", "blockDDLOwner": "", "conflictMsg": "",
                    "totalRows": "12", "totalRps": "0", "recentRps": "0", "ioTotalBytes": "3", "dumpIOTotalBytes": "4" },
                  "validation": null } ] },
            { "result": false,
              "msg": "can't find task=task-1 from dm-worker for source=mysql-02, please use dmctl list-member to check if worker is offline.",
              "sourceStatus": { "source": "mysql-02", "worker": "source not bound", "result": null, "relayStatus": null },
              "subTaskStatus": [ { "name": "task-1", "stage": "InvalidStage", "unit": "InvalidUnit", "result": null,
                                   "unresolvedDDLLockID": "", "validation": null } ] },
            { "result": true, "msg": "no sub task started",
              "sourceStatus": { "source": "mysql-03", "worker": "w3", "result": null, "relayStatus": null },
              "subTaskStatus": [
              ] }
          ]
        }
        """;

    public const string Sources = """
        { "result": true, "msg": "", "sources": [
          { "result": true, "msg": "", "source": "mysql-03", "worker": "w3" },
          { "result": true, "msg": "", "source": "mysql-01", "worker": "w1" },
          { "result": true, "msg": "source is added but there is no free worker to bound", "source": "mysql-02", "worker": "" } ] }
        """;

    public const string NoLeader = "[code=38043:class=dm-master:scope=internal:level=high], Message: master is not leader, and can't forward request to leader";

    public const string NotStarted = "[code=46001:class=scheduler:scope=internal:level=high], Message: the scheduler has not started";
}
