package io.pushrod.bench.run;

/// What every target of a contest does: who reads which topics, and what is published to them.
///
/// @param second what is published in a second of warm-up
/// @param window what is published in a measured window
public record Scene(Crowd crowd, Topics topics, Load second, Load window) {
  /// The same rate to all topics.
  ///
  /// @param perSecond events to each topic
  /// @param burst as of [Load]
  public static Scene of(Crowd crowd, Topics topics, int perSecond, int seconds, int burst) {
    if (perSecond < 1 || seconds < 1) {
      throw new BenchException(
          "rate, seconds: " + perSecond + ", " + seconds + " (expected: 1 or more)");
    }
    return new Scene(
        crowd,
        topics,
        new Load(topics.count(), perSecond, perSecond, burst),
        new Load(topics.count(), (long) perSecond * seconds, perSecond, burst));
  }

  public int readersPerEvent() {
    return topics.readersPerTopic(crowd.readers());
  }

  /// Of a measured window, by all readers together.
  public long deliveries() {
    return window.events() * readersPerEvent();
  }

  /// The most that a target publishes to a topic, warm-up included.
  public long eventsPerTopic() {
    return WarmUp.MOST_WINDOWS * second.rounds() + window.rounds();
  }
}
