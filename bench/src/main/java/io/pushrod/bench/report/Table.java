package io.pushrod.bench.report;

import java.io.PrintStream;
import java.util.List;
import java.util.stream.IntStream;

/// Rows of text under a head; the first column names the row, the others hold figures.
///
/// @param rows each as long as `head`
record Table(List<String> head, List<List<String>> rows) {
  private static final String BETWEEN = "  ";

  Table {
    head = List.copyOf(head);
    rows = List.copyOf(rows);
  }

  /// Columns side by side up to `columns` characters; what does not fit follows below, with the
  /// first column again.
  void print(PrintStream out, int columns) {
    int from = 1;
    while (from < head.size()) {
      int to = from;
      int width = width(0);
      while (to < head.size() && (to == from || width + width(to) + 2 <= columns)) {
        width += width(to) + BETWEEN.length();
        to++;
      }
      print(out, head, from, to);
      for (List<String> row : rows) {
        print(out, row, from, to);
      }
      from = to;
      if (from < head.size()) {
        out.println();
      }
    }
  }

  private int width(int column) {
    int longest = length(head.get(column));
    for (List<String> row : rows) {
      longest = Math.max(longest, length(row.get(column)));
    }
    return longest;
  }

  private void print(PrintStream out, List<String> row, int from, int to) {
    String first = Text.plain(row.getFirst());
    StringBuilder line = new StringBuilder(first).repeat(' ', width(0) - length(first));
    for (int column : IntStream.range(from, to).toArray()) {
      String cell = Text.plain(row.get(column));
      line.append(BETWEEN).repeat(' ', width(column) - length(cell)).append(cell);
    }
    out.println(line.toString().stripTrailing());
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  /// A range in brackets may stand below its median there.
  ///
  /// @param caption says what the figures are
  void write(Markup page, String caption) {
    page.open("div", "class", "table", "role", "region", "aria-label", caption, "tabindex", "0");
    page.open("table").element("caption", caption).open("thead").open("tr");
    head.forEach(cell -> page.element("th", cell, "scope", "col"));
    page.close().close().open("tbody");
    for (List<String> row : rows) {
      page.open("tr").element("th", row.getFirst(), "scope", "row");
      row.stream().skip(1).forEach(cell -> writeCell(page, cell));
      page.close();
    }
    page.close().close().close();
  }

  private static void writeCell(Markup page, String cell) {
    int range = cell.indexOf(" (") + 1;
    if (range == 0) {
      page.element("td", cell);
    } else {
      page.open("td").text(cell.substring(0, range));
      page.element("span", cell.substring(range), "class", "range").close();
    }
  }
}
