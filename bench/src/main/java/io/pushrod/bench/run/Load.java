package io.pushrod.bench.run;

/// What is published: `rounds` events to each of `topics` topics, `perSecond` of them to each. The
/// topics take turns, so that a round's events are spread evenly over its time.
public record Load(int topics, long rounds, int perSecond) {
  /// To one topic.
  public static Load one(long rounds, int perSecond) {
    return new Load(1, rounds, perSecond);
  }

  public long events() {
    return rounds * topics;
  }

  /// Between the intended times of two events.
  public double periodNanos() {
    return 1e9 / ((double) perSecond * topics);
  }

  public double seconds() {
    return (double) rounds / perSecond;
  }
}
