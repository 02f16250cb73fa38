package io.pushrod.bench.run;

import io.pushrod.bench.run.Sampler.Sample;
import java.io.IOException;
import java.util.List;

/// What one target did in one block of a [Contest].
///
/// @param ratio of its CPU per delivery to the floor's in the same block; NaN without a floor
/// @param allocatedPerDelivery bytes; NaN for what tells nothing of it
/// @param deliveriesPerWrite NaN for what tells nothing of it
/// @param warmUpSeconds how long it took before
/// @param samples taken in the window
public record Turn(
    Window window,
    double ratio,
    double allocatedPerDelivery,
    double deliveriesPerWrite,
    int warmUpSeconds,
    List<Sample> samples) {
  /// Measures a window.
  ///
  /// @throws BenchException when a reader missed, repeated or altered an event
  static Turn measure(Target target, Readers readers, Scene scene, int warmUpSeconds)
      throws IOException, InterruptedException {
    long deliveries = scene.deliveries();
    try (Sampler sampler = Sampler.start(target, readers)) {
      PushrodAddress admin = target.admin();
      if (admin == null) {
        Window window = Window.measure(target, readers, deliveries, scene.window());
        return new Turn(
            window, Double.NaN, Double.NaN, Double.NaN, warmUpSeconds, sampler.samples());
      }
      Metrics earlier = admin.metrics();
      Metrics before = admin.metrics();
      Window window = Window.measure(target, readers, deliveries, scene.window());
      Metrics after = admin.metrics();
      // A scrape allocates too: what the one before the window took is taken off.
      double allocated =
          after.since(before, Pushrod.ALLOCATED) - before.since(earlier, Pushrod.ALLOCATED);
      return new Turn(
          window,
          Double.NaN,
          Math.max(0, allocated) / deliveries,
          deliveries / after.since(before, Pushrod.SOCKET_WRITES),
          warmUpSeconds,
          sampler.samples());
    }
  }

  Turn dividedBy(double floorMicros) {
    return new Turn(
        window,
        window.cpuMicrosPerDelivery() / floorMicros,
        allocatedPerDelivery,
        deliveriesPerWrite,
        warmUpSeconds,
        samples);
  }
}
