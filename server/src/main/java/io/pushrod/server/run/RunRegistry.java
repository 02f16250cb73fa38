package io.pushrod.server.run;

import io.pushrod.server.log.TopicKey;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/// The runs of all desks by their topic.
///
/// **Thread:** any; only a run's desk adds it and takes it out.
final class RunRegistry {
  private final ConcurrentMap<TopicKey, Run> runs = new ConcurrentHashMap<>();

  void add(Run run) {
    runs.put(run.topic(), run);
  }

  void remove(Run run) {
    runs.remove(run.topic(), run);
  }

  @Nullable Run find(TopicKey topic) {
    return runs.get(topic);
  }
}
