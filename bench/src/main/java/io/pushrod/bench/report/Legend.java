package io.pushrod.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Where the names of lines stand.
final class Legend {
  private static final double SAMPLE = 22;
  private static final double GAP = 6;
  private static final double APART = 16;

  private Legend() {}

  /// A name, from `x`, in a row counted from 0.
  record Entry(String name, double x, int row) {}

  /// Names one after the other, in as many rows of `width` as it takes.
  static List<Entry> flow(List<String> names, double width) {
    List<Entry> entries = new ArrayList<>();
    double x = 0;
    int row = 0;
    for (String name : names) {
      String fitted = Size.fitted(name, width - SAMPLE - GAP);
      double length = SAMPLE + GAP + Size.lengthOf(fitted);
      if (x > 0 && x + length > width) {
        x = 0;
        row++;
      }
      entries.add(new Entry(fitted, x, row));
      x += length + APART;
    }
    return entries;
  }

  static double height(List<Entry> entries) {
    return entries.isEmpty() ? 0 : (entries.getLast().row + 1) * Size.LINE + GAP;
  }

  static void draw(Markup svg, List<Entry> entries, double top) {
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      double y = top + (entry.row + 0.5) * Size.LINE;
      Ink.sample(svg, i, entry.x, y, SAMPLE);
      String x = Markup.at(entry.x + SAMPLE + GAP);
      svg.element("text", entry.name, "x", x, "y", Markup.at(y + 4));
    }
  }

  /// Places as near to the wanted ones as they can be when each keeps `apart` from the next and all
  /// lie between `top` and `bottom`. The order of the wanted ones is kept.
  ///
  /// @param wanted so few that they fit
  static List<Double> spread(List<Double> wanted, double apart, double top, double bottom) {
    List<Integer> order =
        IntStream.range(0, wanted.size())
            .boxed()
            .sorted(Comparator.comparing(wanted::get))
            .toList();
    Double[] places = new Double[wanted.size()];
    double free = top;
    for (int i : order) {
      places[i] = Math.max(free, wanted.get(i));
      free = places[i] + apart;
    }
    double limit = bottom;
    for (int i : order.reversed()) {
      places[i] = Math.min(limit, places[i]);
      limit = places[i] - apart;
    }
    return List.of(places);
  }
}
