using System.Buffers;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace TiupDmNet.Packages.Reading;

/// <summary>
/// Finds the byte after raw deflate data by inflating it once more with SharpZipLib, which tells what it took
/// (the runtime's inflater, four times as fast, does not).
/// </summary>
internal static class DeflateEnd
{
    /// <param name="file">The file.</param>
    /// <param name="start">Where the data begins.</param>
    /// <param name="name">What messages call the file.</param>
    public static long Find(HashedFile file, long start, string name)
    {
        var inflater = new Inflater(noHeader: true);
        var input = ArrayPool<byte>.Shared.Rent(64 * 1024);
        var output = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (!inflater.IsFinished)
            {
                if (inflater.Inflate(output) > 0 || inflater.IsFinished)
                {
                    continue;
                }

                var count = file.ReadAt(start + inflater.TotalIn, input);
                if (count == 0 || inflater.IsNeedingDictionary)
                {
                    throw new PackageException($"{name} is truncated: its compressed data ends early; fetch it again");
                }

                inflater.SetInput(input, 0, count);
            }

            return start + inflater.TotalIn;
        }
        catch (SharpZipBaseException fault)
        {
            throw new PackageException($"{name} is damaged: its compressed data does not inflate; fetch it again", fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(input);
            ArrayPool<byte>.Shared.Return(output);
        }
    }
}
