namespace TiupDmNet.Packages.Reading;

/// <summary>All that one pass over a package file tells, whichever component is wanted from it.</summary>
/// <param name="Name">What messages call the file.</param>
internal sealed record PackageScan(
    string Name,
    Container Container,
    IReadOnlyList<PackageMember> Members,
    long Size,
    long UnpackedSize,
    string Sha256,
    string Sha1)
{
    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="limits">Bounds against bombs.</param>
    /// <param name="sink">Gets the content of the members.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="PackageException">Not readable, not a package, hostile or damaged.</exception>
    public static Task<PackageScan> RunAsync(string path, string name, PackageLimits limits, IMemberSink sink, CancellationToken cancellation) =>
        Task.Run(() => Run(path, name, limits, sink, cancellation), cancellation);

    private static PackageScan Run(string path, string name, PackageLimits limits, IMemberSink sink, CancellationToken cancellation)
    {
        try
        {
            using var file = new HashedFile(InputFile.Open(path, name), cancellation);
            var container = Compression.Recognise(file.Peek(Compression.HeadLength), name);
            using Stream content = container == Container.Gzip ? new GunzipStream(file, name) : new PlainStream(file);
            var walk = new TarWalk(content, name, limits, sink, cancellation);
            walk.Run();
            var (sha256, sha1) = file.Finish();
            return new PackageScan(name, container, walk.Members, file.Length, walk.UnpackedSize, sha256, sha1);
        }
        catch (IOException fault)
        {
            throw new PackageException($"{name} could not be read: {fault.Message}", fault);
        }
    }
}
