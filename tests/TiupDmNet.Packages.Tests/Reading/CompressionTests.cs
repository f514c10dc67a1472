using System.Text;
using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Reading;

public sealed class CompressionTests : PackageTest
{
    [Theory]
    [InlineData("xz", "xz", "dm.tar.xz")]
    [InlineData("zstd", "zstd", "dm.tar.zst")]
    [InlineData("bzip2", "bzip2", "dm.tar.bz2")]
    [InlineData("lz4", "lz4", "dm.tar.lz4")]
    public async Task Names_another_compression_and_how_to_change_it(string tool, string format, string name)
    {
        Tool.SkipWithout(tool);
        Place("dm.tar", Tar.Worker().Plain());
        await Tool.RunAsync(Here, "sh", "-c", $"{tool} -c dm.tar > {name}");

        Assert.Equal(
            $"{name} is compressed with {format}, and TiUP installs gzipped tar archives only; recompress it with `{tool} -dc {Here}{name} | gzip > {Here}dm.tar.gz`",
            (await Assert.ThrowsAsync<PackageException>(() => PackageReader.InspectAsync(Here + name, null, null, Cancellation))).Message[Here.Length..]);

        // What it says to do works.
        await Tool.RunAsync(Here, "sh", "-c", $"{tool} -dc {name} | gzip > dm.tar.gz");
        Assert.True((await PackageReader.InspectAsync(Here + "dm.tar.gz", null, null, Cancellation)).IsCanonical);
    }

    [Fact]
    public async Task Names_zip_and_how_to_repack_it()
    {
        Tool.SkipWithout("zip");
        Place("dm-worker/dm-worker", Elf.Wide());
        await Tool.RunAsync(Here, "zip", "-qr", "dm.zip", "dm-worker");

        Assert.Equal(
            "dm.zip is a zip archive, and TiUP installs gzipped tar archives only; repack it with `unzip dm.zip -d repack && tar -czf dm.tar.gz -C repack .`",
            await RefusalAsync(() => PackageReader.InspectAsync(Here + "dm.zip", null, null, Cancellation)));
    }

    [Theory]
    [InlineData("7z\u00bc\u00af\u0027\u001c....", "p.tar.gz is a 7z archive, and TiUP installs gzipped tar archives only; repack it with `7z x p.tar.gz -orepack && tar -czf p.tar.gz -C repack .`")]
    [InlineData("", "p.tar.gz is empty")]
    [InlineData("<!DOCTYPE html><html>404", "p.tar.gz is a web page, not a package; the download went to the wrong address")]
    [InlineData("\n<html>", "p.tar.gz is a web page, not a package; the download went to the wrong address")]
    [InlineData("hello", "p.tar.gz is neither a gzipped tar archive nor a tar archive; the download may be incomplete")]
    [InlineData("\u007fELF........", "p.tar.gz is an executable, not a package; wrap it with `dotnet dm-patch package build`")]
    public async Task Says_what_a_file_is_that_is_no_package(string content, string refusal) =>
        Assert.Equal(refusal, await RefusalAsync(Encoding.Latin1.GetBytes(content)));

    [Theory]
    [InlineData("\u007fELF", "p.tar.gz is an executable, not a package; wrap it with `dotnet dm-patch package build`")]
    [InlineData("text", "p.tar.gz is neither a gzipped tar archive nor a tar archive; the download may be incomplete")]
    public async Task Says_what_a_gzipped_file_is_that_is_no_tar_archive(string content, string refusal) =>
        Assert.Equal(refusal, await RefusalAsync(Tar.Compress(Encoding.Latin1.GetBytes(content.PadRight(2000, 'x')))));

    [Fact]
    public async Task Refuses_an_archive_of_nothing() => Assert.Equal(
        "p.tar.gz holds no executable of a component of DM (dm-master, dm-worker, dmctl, …); it holds no files",
        await RefusalAsync(Tar.Compress(new byte[10240])));

    [Fact]
    public async Task Knows_a_raw_executable_by_its_first_bytes()
    {
        Assert.True(await PackageReader.IsRawBinaryAsync(Place("a", Elf.Wide()), Cancellation));
        Assert.False(await PackageReader.IsRawBinaryAsync(Place("b", Tar.Worker().Gzip()), Cancellation));
        Assert.False(await PackageReader.IsRawBinaryAsync(Place("c", "#!/bin/sh\n"), Cancellation));
        Assert.False(await PackageReader.IsRawBinaryAsync(Place("d", ""), Cancellation));
        Assert.Equal("e does not exist", await RefusalAsync(() => PackageReader.IsRawBinaryAsync(Here + "e", Cancellation)));
    }
}
