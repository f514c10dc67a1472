using System.Text;

namespace TiupDmNet.Cli.Output;

/// <summary>
/// TiUP's tables (pingcap/tiup pkg/tui/tui.go:32): columns as wide as their widest cell, two blanks between them, dashes under each
/// header, no blanks at the end of a line.
/// </summary>
internal sealed class TextTable(params IReadOnlyList<string> headers)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    /// <param name="paint">Gets the column and the cell; returns the cell with colour. Null for none.</param>
    public string Render(Func<int, string, string>? paint = null)
    {
        IReadOnlyList<IReadOnlyList<string>> lines = [headers, [.. headers.Select(header => new string('-', header.Length))], .. _rows];
        var widths = headers.Select((_, column) => lines.Max(line => line[column].Length)).ToList();
        var text = new StringBuilder();
        for (var row = 0; row < lines.Count; row++)
        {
            var line = new StringBuilder();
            var last = lines[row].Count - 1;
            while (last > 0 && lines[row][last].Length == 0)
            {
                last--;
            }

            for (var column = 0; column <= last; column++)
            {
                var cell = lines[row][column];
                var shown = row > 1 && paint is not null && cell.Length > 0 ? paint(column, cell) : cell;
                line.Append(shown).Append(' ', column == last ? 0 : widths[column] - cell.Length + 2);
            }

            text.Append(line).Append('\n');
        }

        return text.ToString();
    }
}
