package io.pushrod.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pushrod.bench.run.Spread;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a run found: a table for people on stdout, the same with every single value as JSON under
/// `bench/target`.
final class Report {
  private record Row(String name, String unit, List<Double> values) {}

  private final String name;
  private final String title;
  private final List<Row> rows = new ArrayList<>();
  private final Map<String, Object> facts = new LinkedHashMap<>();

  /// @param name of the command, also of the file
  Report(String name, String title) {
    this.name = name;
    this.title = title;
  }

  /// One figure with its value in every block.
  Report row(String row, String unit, List<Double> values) {
    rows.add(new Row(row, unit, List.copyOf(values)));
    return this;
  }

  /// Something that is told once.
  Report fact(String fact, Object value) {
    facts.put(fact, value);
    return this;
  }

  void print(PrintStream out) {
    out.printf("%n%s%n", title);
    out.printf("%-44s %10s %10s %10s%n", "", "median", "low", "high");
    for (Row row : rows) {
      Spread spread = Spread.of(row.values);
      out.printf(
          "%-44s %10s %10s %10s%n",
          row.unit.isEmpty() ? row.name : row.name + ", " + row.unit,
          number(spread.median()),
          number(spread.low()),
          number(spread.high()));
    }
    facts.forEach((fact, value) -> out.printf("%s: %s%n", fact, value));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%,.0f" : "%.3f", value);
  }

  void write(Path folder) throws IOException {
    Path file = folder.resolve(name + ".json");
    try (JsonGenerator json =
        new JsonFactory()
            .createGenerator(Files.newBufferedWriter(file))
            .useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("bench", name);
      json.writeStringField("title", title);
      for (Map.Entry<String, Object> fact : facts.entrySet()) {
        json.writeStringField(fact.getKey(), fact.getValue().toString());
      }
      json.writeArrayFieldStart("rows");
      for (Row row : rows) {
        write(json, row);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    System.out.println("every value: " + file);
  }

  private static void write(JsonGenerator json, Row row) throws IOException {
    Spread spread = Spread.of(row.values);
    json.writeStartObject();
    json.writeStringField("name", row.name);
    json.writeStringField("unit", row.unit);
    json.writeNumberField("median", spread.median());
    json.writeNumberField("low", spread.low());
    json.writeNumberField("high", spread.high());
    json.writeArrayFieldStart("values");
    for (double value : row.values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
