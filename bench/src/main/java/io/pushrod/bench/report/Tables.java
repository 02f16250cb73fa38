package io.pushrod.bench.report;

import io.pushrod.bench.report.Chart.Bars;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import io.pushrod.bench.report.Chart.Percentiles;
import io.pushrod.bench.report.Chart.Series;
import io.pushrod.bench.run.Spread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The text form of figures and charts.
final class Tables {
  static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

  private Tables() {}

  static Table of(List<Row> rows) {
    return new Table(
        List.of("", "median", "low", "high"),
        rows.stream()
            .map(
                row -> {
                  Spread spread = row.spread();
                  return List.of(
                      row.label(),
                      Numbers.figure(spread.median()),
                      Numbers.figure(spread.low()),
                      Numbers.figure(spread.high()));
                })
            .toList());
  }

  static Table of(Chart chart) {
    return switch (chart) {
      case Percentiles percentiles ->
          new Table(
              List.of("ms", "p50", "p90", "p99", "p99.9", "p99.99", "max", "count"),
              percentiles.curves().stream().map(Tables::row).toList());
      case Series series ->
          new Table(
              List.of(series.yUnit(), "first", "low", "median", "high", "last"),
              series.lines().stream().map(Tables::row).toList());
      case Bars bars -> of(bars.bars().stream().map(Tables::row).toList(), bars);
    };
  }

  private static Table of(List<List<String>> rows, Bars bars) {
    List<List<String>> all = new ArrayList<>(rows);
    bars.budget().ifPresent(budget -> all.add(List.of("budget", Numbers.round(budget), "", "")));
    return new Table(List.of(bars.unit(), "median", "low", "high"), all);
  }

  private static List<String> row(Chart.Bar bar) {
    Spread spread = bar.spread();
    return List.of(
        bar.name(),
        Numbers.figure(spread.median()),
        Numbers.figure(spread.low()),
        Numbers.figure(spread.high()));
  }

  private static List<String> row(Curve curve) {
    List<String> row = new ArrayList<>(List.of(curve.name()));
    for (double percentile : PERCENTILES) {
      row.add(
          Numbers.figure(percentile <= curve.highest() ? curve.millis(percentile) : Double.NaN));
    }
    long count = curve.nanos().getTotalCount();
    row.add(Numbers.figure(count == 0 ? Double.NaN : curve.millis(100)));
    row.add(Numbers.round((double) count));
    return row;
  }

  private static List<String> row(Line line) {
    List<Double> there = Arrays.stream(line.y()).filter(Double::isFinite).boxed().toList();
    if (there.isEmpty()) {
      return List.of(line.name(), "–", "–", "–", "–", "–");
    }
    Spread spread = Spread.of(there);
    return List.of(
        line.name(),
        Numbers.figure(there.getFirst()),
        Numbers.figure(spread.low()),
        Numbers.figure(spread.median()),
        Numbers.figure(spread.high()),
        Numbers.figure(there.getLast()));
  }
}
