package io.pushrod.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The same figures of several targets, in the order in which they first came.
final class Comparison {
  private final Map<String, Map<String, Row>> targets = new LinkedHashMap<>();
  private final Set<String> figures = new LinkedHashSet<>();

  /// Replaces what was there.
  void add(String target, Row row) {
    figures.add(row.label());
    targets.computeIfAbsent(target, name -> new LinkedHashMap<>()).put(row.label(), row);
  }

  boolean isEmpty() {
    return targets.isEmpty();
  }

  Map<String, Map<String, Row>> targets() {
    return targets;
  }

  /// One line per target, one column per figure, each `median (low–high)`.
  Table table() {
    List<String> head = new ArrayList<>(List.of("target"));
    head.addAll(figures);
    List<List<String>> rows = new ArrayList<>();
    targets.forEach(
        (target, values) -> {
          List<String> row = new ArrayList<>(List.of(target));
          for (String figure : figures) {
            Row value = values.get(figure);
            row.add(value == null ? "–" : Numbers.spread(value.spread()));
          }
          rows.add(row);
        });
    return new Table(head, rows);
  }
}
