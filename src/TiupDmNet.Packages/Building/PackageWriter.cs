using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages.Building;

/// <summary>Writes a plan to a file beside the output, reads it back as any package is read, and only then gives it its name.</summary>
internal static class PackageWriter
{
    /// <exception cref="PackageException">The output cannot be written, a source has changed, or what came out is not a usable package.</exception>
    public static async Task<ComponentPackage> WriteAsync(PackagePlan plan, string component, string output, Deflation deflation, CancellationToken cancellation)
    {
        var part = output + ".part";
        try
        {
            // Not forced to the disk: a package can be built again, and everyone who takes it checks it.
            var file = new FileStream(part, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 });
            await using (file.ConfigureAwait(false))
            {
                await WriteAsync(plan, file, deflation, cancellation).ConfigureAwait(false);
            }

            var package = await PackageReader.InspectAsync(part, output, component, PackageLimits.Default, cancellation).ConfigureAwait(false);
            File.Move(part, output, overwrite: true);
            return package with { Path = output };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Discard(part);
            throw CannotWrite(output, fault);
        }
        catch
        {
            Discard(part);
            throw;
        }
    }

    public static PackageException CannotWrite(string output, Exception fault) => new($"{output} cannot be written: {fault.Message}", fault);

    private static async Task WriteAsync(PackagePlan plan, FileStream file, Deflation deflation, CancellationToken cancellation)
    {
        var gzip = new ParallelGzip(file, deflation, cancellation);
        await using (gzip.ConfigureAwait(false))
        {
            foreach (var member in plan.Members)
            {
                await gzip.WriteAsync(TarHeaders.For(member)).ConfigureAwait(false);
                if (member.Content is { } content)
                {
                    await CopyAsync(content, gzip).ConfigureAwait(false);
                    await gzip.WriteAsync(new byte[TarHeaders.Padding(content.Length)]).ConfigureAwait(false);
                }
            }

            await gzip.WriteAsync(new byte[TarHeaders.EndLength]).ConfigureAwait(false);
            await gzip.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static async Task CopyAsync(Content content, ParallelGzip gzip)
    {
        var source = InputFile.Open(content.File, content.File);
        await using (source.ConfigureAwait(false))
        {
            source.Position = content.Offset;
            if (await gzip.CopyAsync(source, content.Length).ConfigureAwait(false) < content.Length)
            {
                throw new PackageException($"{content.File} became shorter while it was packed; build the package again when nothing writes to it");
            }
        }
    }

    private static void Discard(string part)
    {
        try
        {
            File.Delete(part);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The fault that led here matters more.
        }
    }
}
