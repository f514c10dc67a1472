using System.Collections.Concurrent;

namespace TiupServerDouble;

/// <param name="FileName">As the client has named it.</param>
internal sealed record Tarball(string FileName, string Path);

/// <summary>What was uploaded and waits for its manifest. An id is good for one session. (pingcap/tiup server/session/session.go)</summary>
internal sealed class Sessions : IDisposable
{
    private readonly ConcurrentDictionary<Guid, Tarball?> _sessions = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tiup-server-double-");

    public async Task BeginAsync(Guid session, string fileName, Stream content)
    {
        if (fileName.Contains('/') || fileName.Contains('\\') || fileName.StartsWith('.'))
        {
            throw Refusal.Sloppy($"'{fileName}' is no name of a package");
        }

        var path = Path.Combine(_directory.FullName, $"{session:N}");
        if (!_sessions.TryAdd(session, null))
        {
            throw Refusal.Internal;
        }

        await using (var file = File.Create(path))
        {
            await content.CopyToAsync(file);
        }

        _sessions[session] = new Tarball(fileName, path);
    }

    /// <summary>Ends a session. An unknown one has no package, which is legal.</summary>
    public Tarball? Take(Guid session)
    {
        if (_sessions.TryGetValue(session, out var tarball) && tarball is null)
        {
            throw Refusal.Sloppy("the session was used before, or its upload is not over");
        }

        _sessions[session] = null;
        return tarball;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
