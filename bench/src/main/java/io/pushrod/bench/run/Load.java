package io.pushrod.bench.run;

/// What is published: `rounds` events to each of `topics` topics, `perSecond` of them to each. The
/// topics take turns, so that a round's events are spread evenly over its time.
///
/// @param rounds a multiple of `burst`
/// @param burst how many events of a topic are meant for the same point in time, one behind the
///   other; as much more time lies between bursts
public record Load(int topics, long rounds, int perSecond, int burst) {
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

  /// Between the intended times of two bursts.
  public double periodNanos() {
    return 1e9 * burst / ((double) perSecond * topics);
  }

  public double seconds() {
    return (double) rounds / perSecond;
  }
}
