using System.Globalization;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.MirrorFixtures;

/// <summary>
/// A mirror, and what a client must do that trusts its root.json, asks for dm-worker v8.5.0 for linux/amd64, and downloads it.
/// </summary>
/// <param name="Name">Its directory: "hostile/root-skips-a-version".</param>
/// <param name="What">What is odd about it.</param>
/// <param name="Must">"accept", or the sentence that the client must refuse with; MIRROR stands for the address, HASH for a hash.</param>
/// <param name="Make">Changes a good mirror that has been published once.</param>
internal sealed record Fixture(string Name, string What, string Must, Action<RepositorySimulator> Make)
{
    public const string Accept = "accept";

    /// <summary>Another fixture that the client has read before, at the same address.</summary>
    public string? After { get; init; }

    /// <summary>What the clock of the client says.</summary>
    public DateTimeOffset Clock { get; init; } = RepositorySimulator.Start;

    public RepositorySimulator Build()
    {
        var mirror = new RepositorySimulator(packageLines: 40);
        Make(mirror);
        return mirror;
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name, ["what"] = What, ["must"] = Must, ["clock"] = Clock.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) };
        if (After is not null)
        {
            json["after"] = After;
        }

        return json;
    }
}
