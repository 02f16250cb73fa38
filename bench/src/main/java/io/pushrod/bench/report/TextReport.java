package io.pushrod.bench.report;

import java.io.PrintStream;

/// A report for people at a terminal.
final class TextReport {
  private static final int COLUMNS = 100;

  private final Report report;

  TextReport(Report report) {
    this.report = report;
  }

  void print(PrintStream out) {
    out.println();
    line(out, report.title);
    if (report.provenance != null) {
      line(out, report.provenance.command());
      line(out, report.provenance.version() + ", " + report.provenance.at());
      line(out, report.provenance.host().line());
    }
    if (report.fault != null) {
      line(out, "INVALID: " + report.fault);
    } else {
      figures(out);
    }
    report.warnings.forEach(warning -> line(out, "warning: " + warning));
  }

  private void figures(PrintStream out) {
    if (!report.comparison.isEmpty()) {
      out.println();
      report.comparison.table().print(out, COLUMNS);
    }
    if (!report.rows.isEmpty()) {
      out.println();
      Tables.of(report.rows).print(out, COLUMNS);
    }
    out.println();
    if (report.verified != null) {
      line(out, "verified: " + report.verified);
    }
    report.facts.forEach((fact, value) -> line(out, fact + ": " + value));
  }

  private static void line(PrintStream out, String text) {
    out.println(Text.plain(text));
  }
}
