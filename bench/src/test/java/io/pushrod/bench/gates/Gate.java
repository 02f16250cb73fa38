package io.pushrod.bench.gates;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// An operation whose allocation is bounded.
///
/// @param name its line in `allocation-thresholds.properties`
/// @param perCall how many operations one call is
/// @param call the benchmark's own method, so that what is gated is what is measured
record Gate(String name, int perCall, LongSupplier call) {
  /// What calls returned, so that none of it is left out by the compiler.
  @SuppressWarnings("NonFinalStaticField")
  static volatile Object returned = "";

  static Gate of(String name, LongSupplier call) {
    return new Gate(name, 1, call);
  }

  static Gate ofObject(String name, Supplier<?> call) {
    return new Gate(
        name,
        1,
        () -> {
          returned = call.get();
          return 0;
        });
  }

  @Override
  public String toString() {
    return name;
  }
}
