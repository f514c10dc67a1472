using System.Text.Json.Nodes;
using DmDouble.Master;
using DmDouble.State;
using DmDouble.Tracing;
using DmDouble.Wire;

namespace DmDouble.Worker;

/// <summary>The source that a worker handles, with its subtasks.</summary>
internal sealed class SubTasks(string worker, BuildStamp stamp, Func<Knobs> knobs, Trace trace, Func<string, string, long, Task<bool>> flush) : IDisposable
{
    private readonly SemaphoreSlim _lock = new(1, 1);
    private readonly Dictionary<string, SubTask> _running = new(StringComparer.Ordinal);

    public string? Source { get; private set; }

    /// <summary>Makes true what the masters want: stops what is no longer ours before it starts anything.</summary>
    public async Task BecomeAsync(SourceEntry? wanted)
    {
        await _lock.WaitAsync();
        try
        {
            if (Source is not null && Source != wanted?.Name)
            {
                await StopLockedAsync();
            }

            if (wanted is null)
            {
                return;
            }

            Source = wanted.Name;
            foreach (var name in _running.Keys.Except(wanted.Tasks.Keys).ToList())
            {
                _running[name].Halt();
                _running.Remove(name);
            }

            foreach (var task in wanted.Tasks.Values)
            {
                if (_running.TryGetValue(task.Name, out var subTask))
                {
                    subTask.Want(task);
                }
                else
                {
                    subTask = new SubTask(wanted.Name, wanted.SinceMs, task, worker, knobs, stamp.Faults?.SubTasksFail == true, trace);
                    _running.Add(task.Name, subTask);
                    subTask.Start();
                }
            }
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>One after the other, each flushing its checkpoint.</summary>
    public async Task StopAsync()
    {
        await _lock.WaitAsync();
        try
        {
            await StopLockedAsync();
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>At once and without a checkpoint, as after a lost lease.</summary>
    public void Kill()
    {
        _lock.Wait();
        try
        {
            foreach (var subTask in _running.Values)
            {
                subTask.Halt();
            }

            _running.Clear();
            Source = null;
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>Writes checkpoints every second, as DM does every few; a restart goes on from there.</summary>
    public async Task FlushAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var (source, running) = await RunningAsync(stop);
                foreach (var subTask in running)
                {
                    await FlushAsync(source!, subTask);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    public StatusReply Status(string task)
    {
        _lock.Wait();
        try
        {
            var subTasks = _running.Values.Where(s => task.Length == 0 || s.Name == task).OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => s.Status(stamp)).ToArray();
            var message = Source is null ? DmErrors.NoSourceInWorker : _running.Count == 0 ? "no sub task started" : "";
            var entry = new JsonObject
            {
                ["result"] = Source is not null,
                ["msg"] = message,
                ["sourceStatus"] = new JsonObject { ["source"] = Source ?? "", ["worker"] = worker, ["result"] = null, ["relayStatus"] = null },
                ["subTaskStatus"] = new JsonArray(subTasks),
            };
            return new StatusReply(Source, entry.ToJsonString());
        }
        finally
        {
            _lock.Release();
        }
    }

    public IReadOnlyList<(string Task, string Stage)> Stages()
    {
        _lock.Wait();
        try
        {
            return [.. _running.Values.Select(s => (s.Name, s.Stage))];
        }
        finally
        {
            _lock.Release();
        }
    }

    public void Dispose() => _lock.Dispose();

    private async Task StopLockedAsync()
    {
        var source = Source;
        foreach (var subTask in _running.Values)
        {
            await Task.Delay(knobs().SubTaskStopMs);
            subTask.Halt();
            await FlushAsync(source!, subTask);
        }

        _running.Clear();
        Source = null;
    }

    private async Task FlushAsync(string source, SubTask subTask)
    {
        var position = subTask.Position;
        if (await flush(source, subTask.Name, position))
        {
            subTask.Flushed(position);
        }
    }

    private async Task<(string? Source, IReadOnlyList<SubTask> Running)> RunningAsync(CancellationToken stop)
    {
        await _lock.WaitAsync(stop);
        try
        {
            return (Source, [.. _running.Values.Where(s => s.Stage == "Running")]);
        }
        finally
        {
            _lock.Release();
        }
    }
}
