package io.pushrod.bench.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A report as one page that needs nothing else: `report.html`, filled.
final class HtmlReport {
  private static final Pattern SLOT = Pattern.compile("\\$\\{([a-z]+)}");

  private final Report report;

  HtmlReport(Report report) {
    this.report = report;
  }

  String text() throws IOException {
    Map<String, String> contents =
        Map.of(
            "title", Markup.escaped(report.title),
            "notices", notices(),
            "figures", report.fault == null ? figures() : "",
            "charts", report.fault == null ? charts() : "",
            "facts", report.fault == null ? facts() : "",
            "provenance", provenance(),
            "method", Markup.escaped(report.method));
    return fill(template(), contents);
  }

  /// In one pass, so that what fills a slot is never taken for a slot.
  static String fill(String template, Map<String, String> contents) {
    return SLOT.matcher(template)
        .replaceAll(
            slot -> {
              String name = slot.group(1);
              return Matcher.quoteReplacement(Objects.requireNonNull(contents.get(name), name));
            });
  }

  private static String template() throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.html")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String notices() {
    Markup page = new Markup();
    if (report.fault != null) {
      page.open("p", "class", "invalid", "role", "alert");
      page.element("strong", "INVALID").text(": " + report.fault).close();
    } else if (report.verified != null) {
      page.open("p", "class", "verified");
      page.element("strong", "Verified").text(": " + report.verified).close();
    }
    if (!report.warnings.isEmpty()) {
      page.open("section", "class", "warnings").element("h2", "Warnings").open("ul");
      report.warnings.forEach(warning -> page.element("li", warning));
      page.close().close();
    }
    return page.finished();
  }

  private String figures() {
    Markup page = new Markup();
    if (!report.comparison.isEmpty()) {
      page.open("section").element("h2", "Compared");
      report.comparison.table().write(page, "Each figure: median (lowest–highest) of the blocks");
      page.close();
    }
    if (!report.rows.isEmpty()) {
      page.open("section").element("h2", "Figures");
      Tables.of(report.rows).write(page, "Median, lowest and highest of the blocks");
      page.close();
    }
    return page.finished();
  }

  private String charts() {
    Markup page = new Markup();
    for (int i = 0; i < report.charts.size(); i++) {
      Chart chart = report.charts.get(i);
      page.open("section").element("h2", chart.title()).open("figure");
      for (Size size : Size.values()) {
        Picture.draw(page, chart, size, "chart-" + i + (size == Size.WIDE ? "-wide" : "-narrow"));
      }
      Tables.of(chart).write(page, "The same in words");
      page.close().close();
    }
    return page.finished();
  }

  private String facts() {
    Markup page = new Markup();
    if (!report.facts.isEmpty()) {
      page.open("section").element("h2", "Beside the figures").open("dl");
      report.facts.forEach((fact, value) -> term(page, fact, value.toString()));
      page.close().close();
    }
    return page.finished();
  }

  private String provenance() {
    Markup page = new Markup();
    if (report.provenance != null) {
      Host host = report.provenance.host();
      page.open("dl");
      page.element("dt", "Command").open("dd");
      page.element("code", report.provenance.command()).close();
      term(page, "Version", report.provenance.version());
      term(page, "Date", report.provenance.at().toString());
      term(page, "Machine", host.cores() + " cores, " + host.cpu());
      term(page, "Memory", Numbers.round((double) (host.memory() >> 20)) + " MiB");
      term(page, "Kernel", host.kernel());
      term(page, "JDK", host.jdk());
      page.close();
    }
    return page.finished();
  }

  private static void term(Markup page, String term, String text) {
    page.element("dt", term).element("dd", text);
  }
}
