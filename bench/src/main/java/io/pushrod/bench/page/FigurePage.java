package io.pushrod.bench.page;

import io.pushrod.bench.run.BenchException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A Markdown page with places for figures. A place begins with a comment that says which run's
/// figures belong there, and ends with another; what lies between is replaced:
///
///     <!-- figures RUN: FIGURE | FIGURE … -->
///     <!-- end -->
///
/// gives one line per target of the run and one column per figure. `rows` instead of `figures` gives
/// one line per figure, for runs that measure one thing; without a list it gives all.
public final class FigurePage {
  private static final Pattern PLACE =
      Pattern.compile("<!-- (figures|rows) ([A-Za-z0-9._-]+)(?:: (.*))? -->");
  private static final String END = "<!-- end -->";

  private FigurePage() {}

  /// The names of the runs that the page wants.
  public static List<String> runs(String page) {
    return page.lines()
        .map(PLACE::matcher)
        .filter(Matcher::matches)
        .map(place -> place.group(2))
        .distinct()
        .toList();
  }

  /// @param runs the finished run of a name; null leaves its place as it is
  /// @throws BenchException when a place has no end, or names a figure that its run has not
  public static String fill(String page, Function<String, @Nullable RunFile> runs) {
    List<String> out = new ArrayList<>();
    List<String> lines = page.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      out.add(line);
      Matcher place = PLACE.matcher(line);
      if (!place.matches()) {
        continue;
      }
      int end = i + lines.subList(i, lines.size()).indexOf(END);
      if (end < i) {
        throw new BenchException("page: " + line + " (expected: " + END + " behind it)");
      }
      RunFile run = runs.apply(place.group(2));
      if (run == null) {
        out.addAll(lines.subList(i + 1, end));
      } else {
        List<String> wanted =
            place.group(3) == null ? List.of() : List.of(place.group(3).strip().split(" *\\| *"));
        out.addAll(place.group(1).equals("rows") ? run.rows(wanted) : run.targets(wanted));
      }
      out.add(END);
      i = end;
    }
    return String.join("\n", out) + '\n';
  }
}
