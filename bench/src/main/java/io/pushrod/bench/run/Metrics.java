package io.pushrod.bench.run;

import java.util.HashMap;
import java.util.Map;

/// One scrape of the server's `/metrics`, summed over labels.
public final class Metrics {
  private final Map<String, Double> sums = new HashMap<>();

  /// @param text in the Prometheus text format
  public static Metrics parse(String text) {
    Metrics metrics = new Metrics();
    text.lines().filter(line -> !line.isBlank() && line.charAt(0) != '#').forEach(metrics::add);
    return metrics;
  }

  private void add(String line) {
    int labels = line.indexOf('{');
    int nameEnd = labels >= 0 ? labels : line.indexOf(' ');
    int valueStart = labels >= 0 ? line.lastIndexOf('}') + 2 : nameEnd + 1;
    String value = line.substring(valueStart).split(" ", -1)[0];
    sums.merge(line.substring(0, nameEnd), number(value), Double::sum);
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  /// @throws BenchException when the server has no such metric
  public double value(String name) {
    Double value = sums.get(name);
    if (value == null) {
      throw new BenchException("metric: " + name + " (expected: on the server's /metrics)");
    }
    return value;
  }

  public double since(Metrics before, String name) {
    return value(name) - before.value(name);
  }
}
