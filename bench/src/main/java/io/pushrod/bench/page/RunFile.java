package io.pushrod.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;

/// The JSON that a run left behind, as Markdown tables.
public final class RunFile {
  private static final double THOUSAND = 1000;

  private final JsonNode run;

  private RunFile(JsonNode run) {
    this.run = run;
  }

  /// @throws BenchException when the run was invalid
  public static RunFile read(Path file) throws IOException {
    return of(new ObjectMapper().readTree(file.toFile()));
  }

  static RunFile of(JsonNode run) {
    if (run.has("invalid")) {
      throw new BenchException(
          run.path("bench").asText() + ": invalid: " + run.get("invalid").asText());
    }
    return new RunFile(run);
  }

  /// One line per figure.
  ///
  /// @param wanted which, in this order; empty for all
  List<String> rows(List<String> wanted) {
    List<String> lines = new ArrayList<>(List.of("| figure | median | range |", "|---|---|---|"));
    for (String name : wanted.isEmpty() ? names(run.path("rows")) : wanted) {
      JsonNode row = row(run.path("rows"), name);
      lines.add(
          "| %s | %s | %s |".formatted(labelled(row), number(row.path("median")), range(row)));
    }
    lines.add(caption());
    return lines;
  }

  /// One line per target, one column per figure.
  ///
  /// @param wanted which, in this order; empty for all
  List<String> targets(List<String> wanted) {
    SequencedSet<String> figures = new LinkedHashSet<>(wanted);
    if (figures.isEmpty()) {
      run.path("targets").forEach(target -> figures.addAll(names(target)));
    }
    List<String> heads = new ArrayList<>(List.of("target"));
    figures.forEach(figure -> heads.add(unit(figure)));
    List<String> lines = new ArrayList<>();
    lines.add("| " + String.join(" | ", heads) + " |");
    lines.add("|---".repeat(heads.size()) + "|");
    run.path("targets")
        .properties()
        .forEach(
            target -> {
              List<String> cells = new ArrayList<>(List.of(target.getKey()));
              figures.forEach(figure -> cells.add(cell(target.getValue(), figure)));
              lines.add("| " + String.join(" | ", cells) + " |");
            });
    lines.add(caption());
    return lines;
  }

  private String unit(String figure) {
    for (JsonNode target : run.path("targets")) {
      if (names(target).contains(figure)) {
        return labelled(row(target, figure));
      }
    }
    throw missing(figure);
  }

  private String cell(JsonNode target, String figure) {
    if (!names(target).contains(figure)) {
      return "–";
    }
    JsonNode row = row(target, figure);
    return row.path("median").isNumber()
        ? number(row.path("median")) + " (" + range(row) + ')'
        : "–";
  }

  private JsonNode row(JsonNode rows, String name) {
    for (JsonNode row : rows) {
      if (row.path("name").asText().equals(name)) {
        return row;
      }
    }
    throw missing(name);
  }

  private BenchException missing(String figure) {
    return new BenchException(
        "figure: " + figure + " (expected: one of the run " + run.path("bench").asText() + ")");
  }

  private static List<String> names(JsonNode rows) {
    List<String> names = new ArrayList<>();
    rows.forEach(row -> names.add(row.path("name").asText()));
    return names;
  }

  private static String labelled(JsonNode row) {
    String unit = row.path("unit").asText();
    return row.path("name").asText() + (unit.isEmpty() ? "" : ", " + unit);
  }

  private static String range(JsonNode row) {
    return number(row.path("low")) + "–" + number(row.path("high"));
  }

  private static String number(JsonNode value) {
    if (!value.isNumber()) {
      return "–";
    }
    double number = value.asDouble();
    double size = Math.abs(number);
    String format =
        size >= THOUSAND ? "%,.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f";
    return String.format(Locale.ROOT, size == 0 ? "%.0f" : format, number);
  }

  /// What ran, when, and what was wrong with it.
  private String caption() {
    StringBuilder caption = new StringBuilder("\n").append(run.path("title").asText());
    caption.append(": `").append(run.path("command").asText()).append("`, ");
    caption.append(run.path("at").asText(), 0, Math.min(10, run.path("at").asText().length()));
    caption.append(", version ").append(run.path("version").asText()).append('.');
    run.path("warnings")
        .forEach(warning -> caption.append(" **").append(warning.asText()).append("**."));
    return caption.toString();
  }
}
