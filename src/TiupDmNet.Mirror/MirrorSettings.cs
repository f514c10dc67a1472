using System.Net;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror;

/// <summary>How to reach a mirror, and whose profile to use.</summary>
public sealed record MirrorSettings
{
    public required TiupHome Home { get; init; }

    /// <summary>The value of TIUP_MIRRORS: used instead of the profile's address. It never changes what is trusted.</summary>
    public string? AddressOverride { get; init; }

    /// <summary>Other addresses of the same mirror, tried in this order when the first cannot be reached.</summary>
    public IReadOnlyList<string> FallbackAddresses { get; init; } = [];

    /// <summary>
    /// A root that the operator has at hand and trusts for this address, for this once: a file. Null for what the profile trusts.
    /// </summary>
    public string? RootFile { get; init; }

    /// <summary>Takes the place of the built-in handler, with its proxy and certificate settings. The caller disposes of it.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Null: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY as the runtime reads them.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>A PEM file with certificates that are trusted besides those of the system.</summary>
    public string? CertificateAuthorityFile { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the request to the end of the answer's headers.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest silence within an answer. There is no limit on the whole: slow is not broken.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the last byte of a package or manifest that is published to the answer: the server hashes and copies the package in between.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often something that may pass is tried, the first time included.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Before the second attempt; doubled for each further one, and varied by a random half.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    public string UserAgent { get; init; } = "dotnet-dm-patch";
}
