using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using TiupDmNet.Clusters;
using TiupDmNet.Rollout.Events;

namespace TiupDmNet.Rollout.Journal;

/// <summary>What the last run left undone.</summary>
/// <param name="InHand">Nodes whose turn had begun and did not end well.</param>
/// <param name="Evicted">Masters that may still be barred from leading.</param>
internal sealed record Leftovers(IReadOnlySet<string> InHand, IReadOnlySet<string> Evicted)
{
    public static readonly Leftovers None = new(new HashSet<string>(), new HashSet<string>());

    public static Leftovers Of(Cluster cluster)
    {
        var directory = RunJournal.DirectoryOf(cluster);
        var last = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "*.jsonl").Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        return last is null ? None : Read(File.ReadLines(last));
    }

    internal static Leftovers Read(IEnumerable<string> lines)
    {
        var inHand = new HashSet<string>();
        var evicted = new HashSet<string>();
        foreach (var line in lines)
        {
            if (Parse(line) is not { } json)
            {
                continue;
            }

            inHand.UnionWith(json["inHand"]?.Values<string>().OfType<string>() ?? []);
            if ((string?)json["node"] is not { } node)
            {
                continue;
            }

            switch ((string?)json["event"])
            {
                // Until its service is stopped, a node is as it was.
                case Names.Stopping:
                    inHand.Add(node);
                    break;
                case Names.Patched or Names.Restored:
                    inHand.Remove(node);
                    break;
                case Names.Evicted:
                    evicted.Add(node);
                    break;
                // The flag is in the memory of the process: a restart clears it.
                case Names.Undone or Names.Stopped:
                    evicted.Remove(node);
                    break;
            }
        }

        return new Leftovers(inHand, evicted);
    }

    private static JObject? Parse(string line)
    {
        try
        {
            return JObject.Parse(line);
        }
        catch (JsonReaderException)
        {
            // The line that was being written when the machine went down.
            return null;
        }
    }

    private static class Names
    {
        public const string Stopping = "nodeStopping";
        public const string Stopped = "nodeStopped";
        public const string Patched = "nodePatched";
        public const string Restored = "nodeRestored";
        public const string Evicted = "leaderEvicted";
        public const string Undone = "evictionUndone";
    }
}
