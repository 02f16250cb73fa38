package io.pushrod.bench.report;

/// How the lines of a chart differ: by colour (style sheet of the page, after Okabe and Ito, "Color
/// Universal Design", 2008) and by dashes, for those who see no colours.
final class Ink {
  private static final int COLOURS = 7;
  private static final String[] DASHES = {"", "7 3", "2 3", "9 3 2 3", "14 4"};

  private Ink() {}

  /// @param index of the line in its chart
  static String[] line(int index) {
    return new String[] {
      "class",
      "line c" + index % COLOURS,
      "stroke-dasharray",
      DASHES[index % DASHES.length].isEmpty() ? "none" : DASHES[index % DASHES.length]
    };
  }

  /// A short sample of a line, from `x` to the right.
  static void sample(Markup svg, int index, double x, double y, double length) {
    String path = "M%s %sH%s".formatted(Markup.at(x), Markup.at(y), Markup.at(x + length));
    String[] line = line(index);
    svg.empty("path", "d", path, line[0], line[1], line[2], line[3]);
  }
}
