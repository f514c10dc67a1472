using System.Text.Json.Nodes;
using DmDouble.Master;
using DmDouble.Processes;
using DmDouble.State;
using DmDouble.Tracing;
using DmDouble.Wire;

namespace DmDouble.Worker;

/// <summary>The source that the worker handles, and its subtasks.</summary>
internal sealed class SourceWorker(string name, BuildStamp stamp, KnobFile knobs, Trace trace, DmLog log)
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly SortedDictionary<string, SubTask> _subTasks = new(StringComparer.Ordinal);
    private string? _source;

    /// <summary>Makes the worker handle what its orders say.</summary>
    public async Task ApplyAsync(SourceEntry? source)
    {
        await _one.WaitAsync();
        try
        {
            if (source?.Name != _source)
            {
                await StopAllAsync();
                _source = source?.Name;
                if (source is not null)
                {
                    log.Info("receive source bound", ("bound", source.Name));
                }
            }

            foreach (var task in source?.Tasks.Values ?? [])
            {
                if (!_subTasks.TryGetValue(task.Name, out var subTask))
                {
                    _subTasks[task.Name] = subTask = new SubTask(source!.Name, task, source.SinceMs, name, stamp, knobs, trace);
                }

                subTask.Want(task.Stage);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Stops gracefully, one subtask after the other.</summary>
    public async Task StopAsync()
    {
        await _one.WaitAsync();
        try
        {
            await StopAllAsync();
            _source = null;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Drops everything at once: the lease is lost, another worker may have the source.</summary>
    public async Task KillAsync()
    {
        await _one.WaitAsync();
        try
        {
            foreach (var subTask in _subTasks.Values)
            {
                subTask.Kill();
            }

            _subTasks.Clear();
            _source = null;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>How far the subtasks came.</summary>
    public IReadOnlyList<Checkpoint> Checkpoints()
    {
        lock (_subTasks)
        {
            return _source is { } source ? [.. _subTasks.Values.Where(task => task.Stage == "Running").Select(task => new Checkpoint(source, task.Name, task.Position))] : [];
        }
    }

    /// <summary>The worker's entry of QueryStatus.</summary>
    public async Task<StatusReply> StatusAsync(string task)
    {
        await _one.WaitAsync();
        try
        {
            var shown = _subTasks.Values.Where(subTask => task.Length == 0 || subTask.Name == task).Select(subTask => (JsonNode)subTask.Status()).ToArray();
            var entry = new JsonObject
            {
                ["result"] = _source is not null,
                ["msg"] = _source is null ? DmErrors.NoSourceInWorker : shown.Length == 0 ? "no sub task started" : "",
                ["sourceStatus"] = new JsonObject { ["source"] = _source ?? "", ["worker"] = name, ["result"] = null, ["relayStatus"] = null },
                ["subTaskStatus"] = new JsonArray(shown),
            };
            return new StatusReply(_source, entry.ToJsonString());
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task StopAllAsync()
    {
        foreach (var subTask in _subTasks.Values)
        {
            await subTask.StopAsync();
            subTask.Dispose();
        }

        _subTasks.Clear();
    }
}
