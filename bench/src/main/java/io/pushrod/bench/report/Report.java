package io.pushrod.bench.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a run found: a table for people on stdout, the same with every single value as JSON, and as
/// a page with charts.
///
/// A run that turned out to be [#invalid] shows the reason and no figure.
public final class Report {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final String METHOD =
      "Every block starts its targets afresh, warms them up and measures each, in turns of order;"
          + " only figures of one block are held against each other. CPU is the process clock of"
          + " the measured process, and latency counts from the time at which an event was meant to"
          + " be sent. Each figure is the median of the blocks with the lowest and the highest.";

  final String name;
  final String title;
  final List<Row> rows = new ArrayList<>();
  final Comparison comparison = new Comparison();
  final Map<String, Object> facts = new LinkedHashMap<>();
  final List<String> warnings = new ArrayList<>();
  final List<Chart> charts = new ArrayList<>();
  String method = METHOD;
  @Nullable Provenance provenance;
  @Nullable String verified;
  @Nullable String fault;

  /// @param name of the command, also of the files
  public Report(String name, String title) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("name: " + name + " (expected: " + NAME + ")");
    }
    this.name = name;
    this.title = title;
  }

  /// What ran, and where.
  public Report from(Provenance origin) {
    provenance = origin;
    return this;
  }

  /// Three sentences in place of the usual ones, where a command measures otherwise.
  public Report method(String sentences) {
    method = sentences;
    return this;
  }

  /// What the readers checked, such as "every delivery, in sequence and byte by byte".
  public Report verified(String what) {
    verified = what;
    return this;
  }

  /// One figure with its value in every block.
  public Report row(String row, String unit, List<Double> values) {
    rows.add(new Row(row, unit, values));
    return this;
  }

  /// One figure of one target in the comparing table, with its value in every block.
  public Report compare(String target, String figure, String unit, List<Double> values) {
    comparison.add(target, new Row(figure, unit, values));
    return this;
  }

  /// Something that is told once.
  public Report fact(String fact, Object value) {
    facts.put(fact, value);
    return this;
  }

  /// Something that makes the figures worth less than they look.
  public Report warn(String warning) {
    warnings.add(warning);
    return this;
  }

  public Report chart(Chart chart) {
    charts.add(chart);
    return this;
  }

  /// The run had a fault; the first one told is the reason.
  public Report invalid(String reason) {
    fault = fault == null ? reason : fault;
    return this;
  }

  /// Of the command: 0, or 1 for a run that is invalid.
  public int exitCode() {
    return fault == null ? 0 : 1;
  }

  public void print(PrintStream out) {
    new TextReport(this).print(out);
  }

  /// `NAME.json` and `NAME.html` in `folder`, which is made where it is missing; says on stdout
  /// where they are.
  public void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path values = folder.resolve(name + ".json");
    Path page = folder.resolve(name + ".html");
    Files.writeString(values, new JsonReport(this).text());
    Files.writeString(page, new HtmlReport(this).text());
    System.out.println("every value: " + values);
    System.out.println("with charts: " + page);
  }
}
