package io.pushrod.bench.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pushrod.bench.report.Chart.Bar;
import io.pushrod.bench.report.Chart.Bars;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import io.pushrod.bench.report.Chart.Percentiles;
import io.pushrod.bench.report.Chart.Series;
import io.pushrod.bench.run.Spread;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;

/// A report for programs: every value of every block, and the data of the charts.
final class JsonReport {
  private final Report report;

  JsonReport(Report report) {
    this.report = report;
  }

  String text() throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("bench", report.name);
      json.writeStringField("title", report.title);
      provenance(json);
      if (report.fault != null) {
        json.writeStringField("invalid", report.fault);
      } else {
        figures(json);
      }
      json.writeArrayFieldStart("warnings");
      for (String warning : report.warnings) {
        json.writeString(warning);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return text + "\n";
  }

  private void provenance(JsonGenerator json) throws IOException {
    if (report.provenance != null) {
      Host host = report.provenance.host();
      json.writeStringField("command", report.provenance.command());
      json.writeStringField("version", report.provenance.version());
      json.writeStringField("at", report.provenance.at().toString());
      json.writeObjectFieldStart("machine");
      json.writeNumberField("cores", host.cores());
      json.writeStringField("cpu", host.cpu());
      json.writeStringField("kernel", host.kernel());
      json.writeNumberField("memory_bytes", host.memory());
      json.writeStringField("jdk", host.jdk());
      json.writeEndObject();
    }
  }

  private void figures(JsonGenerator json) throws IOException {
    if (report.verified != null) {
      json.writeStringField("verified", report.verified);
    }
    json.writeObjectFieldStart("facts");
    for (Map.Entry<String, Object> fact : report.facts.entrySet()) {
      json.writeStringField(fact.getKey(), fact.getValue().toString());
    }
    json.writeEndObject();
    rows(json, "rows", report.rows);
    json.writeObjectFieldStart("targets");
    for (Map.Entry<String, Map<String, Row>> target : report.comparison.targets().entrySet()) {
      rows(json, target.getKey(), target.getValue().values());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("charts");
    for (Chart chart : report.charts) {
      json.writeStartObject();
      json.writeStringField("title", chart.title());
      chart(json, chart);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void rows(JsonGenerator json, String field, Iterable<Row> rows)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (Row row : rows) {
      json.writeStartObject();
      json.writeStringField("name", row.name());
      json.writeStringField("unit", row.unit());
      spread(json, row.spread());
      values(json, "values", row.values().stream().mapToDouble(Double::doubleValue).toArray());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void chart(JsonGenerator json, Chart chart) throws IOException {
    switch (chart) {
      case Percentiles percentiles -> {
        json.writeArrayFieldStart("curves_ms");
        for (Curve curve : percentiles.curves()) {
          json.writeStartObject();
          json.writeStringField("name", curve.name());
          json.writeNumberField("count", curve.nanos().getTotalCount());
          for (double percentile : Tables.PERCENTILES) {
            if (percentile <= curve.highest()) {
              json.writeNumberField("p" + Numbers.round(percentile), curve.millis(percentile));
            }
          }
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      case Series series -> {
        json.writeStringField("x_unit", series.xUnit());
        json.writeStringField("y_unit", series.yUnit());
        json.writeArrayFieldStart("lines");
        for (Line line : series.lines()) {
          json.writeStartObject();
          json.writeStringField("name", line.name());
          values(json, "x", line.x());
          values(json, "y", line.y());
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      case Bars bars -> {
        json.writeStringField("unit", bars.unit());
        if (bars.budget().isPresent()) {
          json.writeNumberField("budget", bars.budget().getAsDouble());
        }
        json.writeArrayFieldStart("bars");
        for (Bar bar : bars.bars()) {
          json.writeStartObject();
          json.writeStringField("name", bar.name());
          spread(json, bar.spread());
          json.writeEndObject();
        }
        json.writeEndArray();
      }
    }
  }

  private static void spread(JsonGenerator json, Spread spread) throws IOException {
    number(json, "median", spread.median());
    number(json, "low", spread.low());
    number(json, "high", spread.high());
  }

  private static void number(JsonGenerator json, String field, double value) throws IOException {
    json.writeFieldName(field);
    number(json, value);
  }

  private static void number(JsonGenerator json, double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumber(value);
    } else {
      json.writeNull();
    }
  }

  private static void values(JsonGenerator json, String field, double[] values) throws IOException {
    json.writeArrayFieldStart(field);
    for (double value : values) {
      number(json, value);
    }
    json.writeEndArray();
  }
}
