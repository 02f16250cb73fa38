package io.pushrod.server.index;

import io.pushrod.server.log.TopicKey;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The topics that connections of one shard read.
///
/// **Thread:** the shard.
public final class SubscriptionIndex {
  private final Map<TopicKey, ShardTopic> topics = new HashMap<>();
  private final ShardTopic.Announcements announcements;

  public SubscriptionIndex(ShardTopic.Announcements announcements) {
    this.announcements = announcements;
  }

  public @Nullable ShardTopic find(TopicKey key) {
    return topics.get(key);
  }

  public ShardTopic findOrAdd(TopicKey key) {
    return topics.computeIfAbsent(key, k -> new ShardTopic(k, announcements));
  }

  public void remove(ShardTopic topic) {
    topics.remove(topic.key(), topic);
  }

  /// How many subscriptions there are to topics that `which` picks; looks at every topic.
  public long countReaders(Predicate<TopicKey> which) {
    long readers = 0;
    for (ShardTopic topic : topics.values()) {
      readers += which.test(topic.key()) ? topic.readers() : 0;
    }
    return readers;
  }

  public int size() {
    return topics.size();
  }
}
