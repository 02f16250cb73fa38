package io.pushrod.server.relay;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The channels that are wanted of one Redis, and which of them the connection that stands has
/// asked for.
///
/// **Thread:** the relay's, unless a method says otherwise.
final class Channels {
  /// Channels that one command names.
  private static final int PER_COMMAND = 256;

  private final Map<String, Watched> byName = new LinkedHashMap<>();
  private final int limit;
  private final ShardMetrics metrics;
  private final AtomicInteger sent = new AtomicInteger();

  /// Commands that may have changed what is subscribed.
  private long changes;

  /// How many the connection had, as Redis said last.
  private long counted;

  /// @param limit subscribed at a time
  Channels(int limit, ShardMetrics metrics) {
    this.limit = limit;
    this.metrics = metrics;
  }

  /// Those that were asked for. **Thread:** any.
  int sent() {
    return sent.get();
  }

  /// All that are wanted, those that found no place too.
  Collection<Watched> wanted() {
    return byName.values();
  }

  @Nullable Watched find(String channel) {
    return byName.get(channel);
  }

  boolean isWanted(Watched watched) {
    return byName.get(watched.channel) == watched;
  }

  /// @param history the key of the channel's stream; null when it has none
  Watched want(TopicKey topic, String channel, @Nullable String history) {
    return byName.computeIfAbsent(channel, name -> new Watched(topic, name, history));
  }

  /// @param link the connection; null when none stands
  void letGo(Watched watched, @Nullable RedisLink link) {
    byName.remove(watched.channel);
    if (watched.sent && link != null) {
      sent.decrementAndGet();
      changes++;
      link.unsubscribe(List.of(watched.channel));
    }
  }

  /// Subscribes all that are wanted, again those that are: that changes nothing for them.
  void subscribeAll(RedisLink link) {
    subscribe(List.copyOf(byName.values()), link);
  }

  /// Subscribes those for which there is room; the others wait for [#subscribeAll].
  void subscribe(List<Watched> some, RedisLink link) {
    List<String> names = new ArrayList<>();
    for (Watched watched : some) {
      if (!watched.sent && sent.get() == limit) {
        metrics.count(Counter.LIMIT_RELAY_CHANNELS);
        continue;
      }
      sent.addAndGet(watched.sent ? 0 : 1);
      watched.sent = true;
      names.add(watched.channel);
    }
    for (int i = 0; i < names.size(); i += PER_COMMAND) {
      changes++;
      link.subscribe(names.subList(i, Math.min(names.size(), i + PER_COMMAND)));
    }
  }

  /// Redis has subscribed a channel.
  ///
  /// @param count channels of the connection, with this one
  /// @return the channel if it is wanted and was not subscribed before
  @Nullable Watched onSubscribed(String channel, long count) {
    counted = count;
    Watched watched = byName.get(channel);
    if (watched == null || watched.subscribed) {
      return null;
    }
    watched.subscribed = true;
    watched.isLate = false;
    return watched;
  }

  /// A channel that is wanted again will be subscribed behind that.
  void onUnsubscribed(String channel) {
    Watched watched = byName.get(channel);
    if (watched != null) {
      watched.subscribed = false;
    }
  }

  /// The connection is gone, and all that it had.
  void onDown() {
    sent.set(0);
    for (Watched watched : byName.values()) {
      watched.sent = false;
      watched.subscribed = false;
      watched.isLate = false;
      watched.readTo = null;
    }
  }

  /// Counts those that were asked for long ago in vain.
  void countLate() {
    for (Watched watched : byName.values()) {
      if (watched.sent && !watched.subscribed) {
        metrics.count(Counter.RELAY_REPAIRS, watched.isLate ? 1 : 0);
        watched.isLate = true;
      }
    }
  }

  /// Stands for what has been asked for so far.
  long changes() {
    return changes;
  }

  /// Whether the connection has more channels than were asked for. To be asked when Redis has
  /// answered everything up to `then`.
  boolean hasStrangers(long then) {
    return then == changes && sent.get() > 0 && counted > sent.get();
  }
}
