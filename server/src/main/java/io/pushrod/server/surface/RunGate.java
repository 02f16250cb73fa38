package io.pushrod.server.surface;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import org.jspecify.annotations.Nullable;

/// Says who may publish to the topics of runs, `run/…`; whoever may by grant is asked about here.
///
/// **Thread:** any.
public interface RunGate {
  String RUNS = "run/";

  /// @param topic begins with [#RUNS]
  /// @param producer null when the publisher has no sequences
  /// @return null when it may be published, else why not
  @Nullable ErrorCode judge(TopicKey topic, @Nullable Producer producer, String type);

  /// @throws RequestException if the topic is a run's and the event may not be published to it
  default void check(TopicKey topic, @Nullable Producer producer, String type) {
    if (!topic.name().startsWith(RUNS)) {
      return;
    }
    ErrorCode refused = judge(topic, producer, type);
    if (refused != null) {
      throw new RequestException(
          refused, "topic: " + topic.name() + " (expected: a run that you hold)");
    }
  }
}
