package io.pushrod.bench.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Windows of a second until the CPU per delivery of the last three agrees within 10 %, but no
/// fewer than six: compilers work in steps.
public final class WarmUp {
  /// No more windows than these.
  public static final int MOST_WINDOWS = 20;

  private static final int LEAST_WINDOWS = 6;
  private static final int FLAT_WINDOWS = 3;
  private static final double FLAT = 1.10;

  private WarmUp() {}

  /// @param readersPerEvent how many get each event
  /// @param second what is published in a window
  /// @return how many windows it took; a target that does not warm up takes one
  public static int run(Target target, Readers readers, int readersPerEvent, Load second)
      throws IOException, InterruptedException {
    long deliveries = second.events() * readersPerEvent;
    List<Double> last = new ArrayList<>();
    int most = !target.warmsUp() ? 1 : target.pids().isEmpty() ? LEAST_WINDOWS : MOST_WINDOWS;
    for (int window = 1; window <= most; window++) {
      Window measured = Window.measure(target, readers, deliveries, second);
      last.add(measured.cpuMicrosPerDelivery());
      if (last.size() > FLAT_WINDOWS) {
        last.removeFirst();
      }
      double low = last.stream().mapToDouble(Double::doubleValue).min().orElse(0);
      double high = last.stream().mapToDouble(Double::doubleValue).max().orElse(0);
      if (window >= LEAST_WINDOWS && high <= FLAT * low) {
        return window;
      }
    }
    return most;
  }
}
