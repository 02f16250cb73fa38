package io.pushrod.bench.run;

/// What is published: `rounds` events to each of `topics` topics, `perSecond` of them to each. The
/// topics take turns, so that a round's events are spread evenly over its time, in slices of a
/// millisecond or longer: what is meant for the same slice is meant for the same point in time.
///
/// @param rounds a multiple of `burst`
/// @param burst how many events of a topic are meant for the same point in time, one behind the
///   other; as much more time lies between bursts
public record Load(int topics, long rounds, int perSecond, int burst) {
  private static final int MOST_SLICES_PER_SECOND = 1000;

  public Load {
    if (burst < 1 || rounds % burst != 0) {
      throw new BenchException(
          "events at a time: " + burst + " (expected: a divisor of " + rounds + " events)");
    }
  }

  /// One event at a time.
  public Load(int topics, long rounds, int perSecond) {
    this(topics, rounds, perSecond, 1);
  }

  /// To one topic.
  public static Load one(long rounds, int perSecond) {
    return new Load(1, rounds, perSecond);
  }

  public long events() {
    return rounds * topics;
  }

  /// Into how many slices a round of one event to each of `turns` is cut.
  static int slices(int roundsPerSecond, int turns) {
    return Math.clamp(MOST_SLICES_PER_SECOND / roundsPerSecond, 1, turns);
  }

  /// How many topics have their turn in a slice.
  public int topicsPerSlice() {
    return Math.ceilDiv(topics, slices(Math.ceilDiv(perSecond, burst), topics));
  }

  /// Between the intended times of two slices.
  public double sliceNanos() {
    return 1e9 * burst * topicsPerSlice() / ((double) perSecond * topics);
  }

  public double seconds() {
    return (double) rounds / perSecond;
  }
}
