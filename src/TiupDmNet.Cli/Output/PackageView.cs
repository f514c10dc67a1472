using System.Globalization;
using System.Text;
using Newtonsoft.Json.Linq;
using TiupDmNet.Packages;

namespace TiupDmNet.Cli.Output;

/// <summary>What a package holds, as text and as JSON.</summary>
internal static class PackageView
{
    public static string Text(string path, Executable executable) => new StringBuilder()
        .Append(CultureInfo.InvariantCulture, $"Binary:     {path} ({Readable.Size(executable.Size)})\n")
        .Append(Describe(executable)).ToString();

    public static string Text(ComponentPackage package)
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"Package:    {package.Path} ({Readable.Size(package.Size)}, unpacked {Readable.Size(package.UnpackedSize)})\n")
            .Append(CultureInfo.InvariantCulture, $"SHA-256:    {package.Sha256}\n")
            .Append(CultureInfo.InvariantCulture, $"Component:  {package.Component}\n")
            .Append(CultureInfo.InvariantCulture, $"Entry:      {package.EntryPath}, {(package.IsCanonical ? "as TiUP expects it" : $"TiUP expects a .tar.gz with {package.CanonicalEntryPath}; `patch` repacks it so")}\n")
            .Append(Describe(package.Executable))
            .Append('\n');
        var table = new TextTable("Mode", "Size", "Member");
        foreach (var member in package.Members)
        {
            var link = member.LinkTarget is { } target ? $" -> {target}" : "";
            table.Add(Mode(member), member.Kind == MemberKind.File ? Readable.Size(member.Size) : "-", member.Path + link);
        }

        return text.Append(table.Render()).ToString();
    }

    public static JObject Document(string path, Executable executable) => new() { ["path"] = path, ["executable"] = Executable(executable) };

    public static JObject Document(ComponentPackage package) => new()
    {
        ["path"] = package.Path,
        ["component"] = package.Component,
        ["entry"] = package.EntryPath,
        ["canonical"] = package.IsCanonical,
        ["sha256"] = package.Sha256,
        ["sha1"] = package.Sha1,
        ["size"] = package.Size,
        ["unpackedSize"] = package.UnpackedSize,
        ["executable"] = Executable(package.Executable),
        ["members"] = new JArray(package.Members.Select(member => new JObject
        {
            ["path"] = member.Path,
            ["kind"] = char.ToLowerInvariant($"{member.Kind}"[0]) + $"{member.Kind}"[1..],
            ["size"] = member.Size,
            ["mode"] = Convert.ToString((int)member.Mode, 8).PadLeft(4, '0'),
            ["linkTarget"] = member.LinkTarget,
        })),
    };

    private static string Describe(Executable executable)
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"Platform:   linux/{executable.Architecture}, {(executable.Interpreter is { } loader ? $"needs {loader}" : "static")}\n")
            .Append(CultureInfo.InvariantCulture, $"Build:      {executable.Sha256}\n");
        return executable.GoMainPackage is { } main ? text.Append(CultureInfo.InvariantCulture, $"Source:     {main}\n").ToString() : text.ToString();
    }

    private static JObject Executable(Executable executable) => new()
    {
        ["sha256"] = executable.Sha256,
        ["size"] = executable.Size,
        ["elfClass"] = executable.ElfClass,
        ["architecture"] = executable.Architecture,
        ["interpreter"] = executable.Interpreter,
        ["goMainPackage"] = executable.GoMainPackage,
    };

    private static string Mode(PackageMember member)
    {
        var kind = member.Kind switch
        {
            MemberKind.Directory => 'd',
            MemberKind.SymbolicLink => 'l',
            MemberKind.HardLink => 'h',
            _ => '-',
        };
        const string Letters = "rwxrwxrwx";
        return kind + string.Concat(Letters.Select((letter, index) => ((int)member.Mode & (1 << (8 - index))) != 0 ? letter : '-'));
    }
}
