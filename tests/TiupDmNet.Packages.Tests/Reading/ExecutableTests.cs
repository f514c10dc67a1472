using System.Text;
using TiupDmNet.Packages.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Packages.Tests.Reading;

public sealed class ExecutableTests : PackageTest
{
    [Theory]
    [InlineData(62, "amd64")]
    [InlineData(183, "arm64")]
    [InlineData(243, "riscv64")]
    [InlineData(258, "loong64")]
    [InlineData(21, "ppc64le")]
    [InlineData(4711, "machine-4711")]
    public async Task Reads_the_architecture(ushort machine, string name)
    {
        var executable = (await InspectAsync(Packed(Elf.Wide(machine)))).Executable;

        Assert.Equal((name, 64, null), (executable.Architecture, executable.ElfClass, executable.Interpreter));
    }

    [Theory]
    [InlineData(3, "386")]
    [InlineData(40, "arm")]
    public async Task Reads_32_bits(ushort machine, string name)
    {
        var executable = (await InspectAsync(Packed(Elf.Narrow(machine)))).Executable;

        Assert.Equal((name, 32), (executable.Architecture, executable.ElfClass));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(64 * 1024 - 190)]
    [InlineData(64 * 1024)]
    [InlineData(300_000)]
    public async Task Reads_the_loader_wherever_it_is_named(int gap) => Assert.Equal(
        "/lib64/ld-linux-x86-64.so.2",
        (await InspectAsync(Packed(Elf.Wide(interpreter: "/lib64/ld-linux-x86-64.so.2", gap: gap)))).Executable.Interpreter);

    [Fact]
    public async Task Reads_a_real_executable_as_readelf_does()
    {
        Tool.SkipWithout("readelf");
        var real = File.ResolveLinkTarget("/bin/true", returnFinalTarget: true)?.FullName ?? "/bin/true";

        var executable = (await InspectAsync(Packed(await File.ReadAllBytesAsync(real, Cancellation)))).Executable;

        Assert.Contains($"[Requesting program interpreter: {executable.Interpreter}]", await Tool.RunAsync(Here, "readelf", "-lW", real), StringComparison.Ordinal);
        Assert.StartsWith(executable.Sha256, await Tool.RunAsync(Here, "sha256sum", real), StringComparison.Ordinal);
        Assert.Equal(executable, await PackageReader.InspectExecutableAsync(real, Cancellation));
    }

    [Theory]
    [InlineData("#!/bin/sh\necho", "is a script (#!/bin/sh), not an ELF executable as DM's components are")]
    [InlineData("", "is empty, not an executable")]
    [InlineData("hello", "is not an ELF executable")]
    [InlineData("\u00cf\u00fa\u00ed\u00fe....", "is an executable for macOS, and DM runs on Linux")]
    [InlineData("MZ.....", "is an executable for Windows, and DM runs on Linux")]
    [InlineData("\u001f\u008b....", "is compressed with gzip itself; unpack it first")]
    [InlineData("\u007fELF", "is not a usable executable: its ELF header is cut short or damaged")]
    public async Task Refuses_what_is_no_executable(string content, string refusal)
    {
        Assert.Equal($"p.tar.gz: dm-worker/dm-worker {refusal}", await RefusalAsync(Packed(Encoding.Latin1.GetBytes(content))));
        Assert.Equal($"raw {refusal}", await RefusalAsync(() => PackageReader.InspectExecutableAsync(Place("raw", Encoding.Latin1.GetBytes(content)), Cancellation)));
    }

    [Fact]
    public async Task Refuses_a_package_whose_executable_is_a_script_though_TiUP_does_not()
    {
        var golden = Repository.SharedGolden;
        Assert.SkipWhen(golden is null, "the golden mirror is not beside this checkout");
        var package = Path.Combine(golden!, "tiup-mirror", "dm-worker-v8.5.0-linux-amd64.tar.gz");

        Assert.Equal(
            $"{package}: dm-worker/dm-worker is a script (#!/bin/sh), not an ELF executable as DM's components are",
            await RefusalAsync(() => PackageReader.InspectAsync(package, null, null, Cancellation)));
    }

    [Theory]
    [InlineData(1, 0, "is an object file, not an executable")]
    [InlineData(4, 0, "is a core dump, not an executable")]
    [InlineData(9, 0, "is an ELF file of an unknown kind, not an executable")]
    [InlineData(2, 9, "is an executable for FreeBSD, and DM runs on Linux")]
    [InlineData(2, 77, "is an executable for the operating system 77 of the ELF standard, and DM runs on Linux")]
    public async Task Refuses_ELF_that_does_not_run_on_Linux(ushort kind, byte system, string refusal)
    {
        var file = Elf.Wide();
        Elf.Half(file, 16, kind);
        file[7] = system;

        Assert.Equal($"p.tar.gz: dm-worker/dm-worker {refusal}", await RefusalAsync(Packed(file)));
    }

    [Fact]
    public async Task Refuses_an_executable_that_is_cut_short() => Assert.Equal(
        "p.tar.gz: dm-worker/dm-worker is cut short: its headers speak of 1,180 bytes, and it has 1,000 bytes",
        await RefusalAsync(Packed(Elf.Wide(content: new string('x', 1004))[..1000])));

    [Fact]
    public async Task Refuses_an_executable_whose_headers_point_anywhere()
    {
        var file = Elf.Wide();
        Elf.Long(file, 32, long.MaxValue);

        Assert.Equal(
            "p.tar.gz: dm-worker/dm-worker is not a usable executable: its ELF program headers are not where they belong, so it may have been edited or damaged",
            await RefusalAsync(Packed(file)));
    }

    [Fact]
    public async Task Survives_any_header()
    {
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var file = Elf.Wide(interpreter: "/lib/ld.so");
            for (var j = 0; j < 3; j++)
            {
                file[4 + random.Next(172)] = (byte)random.Next(256);
            }

            var raw = Place("raw", file);
            try
            {
                await PackageReader.InspectExecutableAsync(raw, Cancellation);
            }
            catch (PackageException)
            {
            }
        }
    }

    [Theory]
    [InlineData(0x1a4, "0644")]
    [InlineData(0x6d, "0155")]
    [InlineData(0x49, "0111")]
    public async Task Refuses_an_entry_that_its_owner_may_not_read_and_execute(int mode, string shown) => Assert.Equal(
        $"p.tar.gz: dm-worker/dm-worker is not executable (its mode is {shown}); run `chmod 755` on the file and pack it again",
        await RefusalAsync(new Tar().File("dm-worker/dm-worker", Elf.Wide(), mode).Gzip()));

    [Fact]
    public async Task Refuses_an_entry_that_is_a_directory() => Assert.Equal(
        "p.tar.gz: dm-worker/dm-worker is a directory, and should be the executable",
        await RefusalAsync(new Tar().Directory("dm-worker/dm-worker/").File("dm-worker/dm-worker/x", "x").Gzip(), "dm-worker"));

    [Fact]
    public async Task Refuses_an_entry_that_is_a_symlink() => Assert.Equal(
        "p.tar.gz: dm-worker/dm-worker is a symbolic link to real, and should be the executable itself",
        await RefusalAsync(new Tar().File("dm-worker/real", Elf.Wide()).Link("dm-worker/dm-worker", "real").Gzip()));

    [Fact]
    public async Task Refuses_an_entry_that_is_a_hard_link() => Assert.Equal(
        "p.tar.gz: dm-worker/dm-worker is a hard link to dm-worker/real, and should be the executable itself",
        await RefusalAsync(new Tar().File("dm-worker/real", Elf.Wide()).HardLink("dm-worker/dm-worker", "dm-worker/real").Gzip()));

    [Fact]
    public async Task Drops_set_id_bits()
    {
        var package = await InspectAsync(new Tar().File("dm-worker/dm-worker", Elf.Wide(), mode: 0xfed).Gzip());

        Assert.Equal((UnixFileMode)0x1ed, package.Members[0].Mode);
    }

    [Theory]
    [InlineData("github.com/pingcap/tiflow/cmd/dm-worker")]
    [InlineData("github.com/pingcap/dm/cmd/dm-worker")]
    [InlineData("example.org/our/fork")]
    public async Task Reads_what_the_Go_linker_wrote(string mainPackage) =>
        Assert.Equal(mainPackage, (await InspectAsync(Packed(Elf.Go(mainPackage)))).Executable.GoMainPackage);

    [Theory]
    [InlineData(0)]
    [InlineData(131_000)]
    [InlineData(262_000)]
    [InlineData(524_200)]
    public async Task Finds_the_mark_of_the_Go_linker_anywhere(int before)
    {
        byte[] file = [.. Elf.Wide(), .. new byte[before], .. Elf.Go("github.com/pingcap/tiflow/cmd/dm-worker")];
        for (var shift = 0; shift < 600; shift += 37)
        {
            var executable = await PackageReader.InspectExecutableAsync(Place("raw", [.. file[..200], .. new byte[shift], .. file[200..]]), Cancellation);
            Assert.Equal("github.com/pingcap/tiflow/cmd/dm-worker", executable.GoMainPackage);
        }
    }

    [Fact]
    public async Task Refuses_the_build_of_another_component() => Assert.Equal(
        "p.tar.gz: dm-worker/dm-worker is a build of dm-master, not of dm-worker (it was built from github.com/pingcap/tiflow/cmd/dm-master)",
        await RefusalAsync(Packed(Elf.Go("github.com/pingcap/tiflow/cmd/dm-master"))));

    private static byte[] Packed(byte[] executable) => new Tar().File("dm-worker/dm-worker", executable).Gzip();
}
