package io.pushrod.bench.report;

import io.pushrod.bench.run.Spread;
import java.util.List;

/// One figure with its value in every block.
///
/// @param unit empty for a ratio or a count
/// @param values at least one
record Row(String name, String unit, List<Double> values) {
  Row {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException(name + ": no value (expected: one per block)");
    }
  }

  String label() {
    return Numbers.labelled(name, unit);
  }

  Spread spread() {
    return Spread.of(values);
  }
}
