namespace TiupDmNet.Mirror;

/// <summary>Puts versions of components on a mirror and withdraws them: in a directory of this machine, or through a tiup-server.</summary>
public interface IVersionPublisher : IDisposable
{
    /// <summary>The mirror: a URL, or a directory.</summary>
    string Address { get; }

    /// <summary>Finds out whether a publication would be refused, and changes nothing.</summary>
    /// <exception cref="MirrorException">It would be.</exception>
    Task CheckAsync(Publication publication, CancellationToken cancellation = default);

    /// <summary>Puts a package on the mirror. When this returns, the mirror serves it.</summary>
    /// <exception cref="MirrorException">It is not published; the message says so, and whether the mirror was changed.</exception>
    Task<VersionItem> PublishAsync(Publication publication, IProgress<UploadProgress>? progress = null, CancellationToken cancellation = default);

    /// <summary>Withdraws a version on all platforms, or takes that back.</summary>
    /// <param name="component">Its id.</param>
    /// <param name="version">Null for the component as a whole.</param>
    /// <param name="yanked">False to take it back.</param>
    /// <param name="cancellation">Stops before anything is written.</param>
    /// <exception cref="MirrorException">There is no such component or version, or nobody here may change it.</exception>
    Task YankAsync(string component, string? version, bool yanked = true, CancellationToken cancellation = default);

    /// <summary>Changes what is said of a component as a whole.</summary>
    /// <returns>What the index says of it now.</returns>
    /// <exception cref="MirrorException">There is no such component, or nobody here may change it.</exception>
    Task<ComponentSummary> ModifyAsync(Modification modification, CancellationToken cancellation = default);
}
