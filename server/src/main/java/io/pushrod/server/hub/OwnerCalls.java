package io.pushrod.server.hub;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks the owners of topics for their logs, be it this shard or another; answers come here.
///
/// **Thread:** the shard.
final class OwnerCalls {
  private final Shard shard;
  private final Hub hub;

  OwnerCalls(Shard shard, Hub hub) {
    this.shard = shard;
    this.hub = hub;
  }

  /// As [OwnedTopics#watch] does.
  void watch(ShardTopic topic, boolean declared, Consumer<@Nullable TopicLog> answer) {
    Shard owner = hub.owner(topic.key());
    if (owner == shard) {
      owner.owned().watch(topic.key(), topic, declared, answer);
    } else {
      owner
          .loop()
          .execute(
              () ->
                  owner
                      .owned()
                      .watch(
                          topic.key(),
                          topic,
                          declared,
                          found -> shard.execute(() -> answer.accept(found))));
    }
  }

  void unwatch(ShardTopic topic) {
    Shard owner = hub.owner(topic.key());
    if (owner == shard) {
      owner.owned().unwatch(topic.key(), topic);
    } else {
      owner.loop().execute(() -> owner.owned().unwatch(topic.key(), topic));
    }
  }

  /// Goes the way of the other calls, and asks nothing there.
  void visit(TopicKey key, Runnable answer) {
    Shard owner = hub.owner(key);
    if (owner == shard) {
      answer.run();
    } else {
      owner.loop().execute(() -> shard.execute(answer));
    }
  }

  /// As [Shard#read] does.
  void read(TopicKey key, Consumer<@Nullable TopicLog> reader) {
    Shard owner = hub.owner(key);
    if (owner == shard) {
      owner.owned().find(key, reader);
    } else {
      owner
          .loop()
          .execute(
              () -> owner.owned().find(key, found -> shard.execute(() -> reader.accept(found))));
    }
  }

  /// As [Shard#read] does.
  void read(TopicKey key, StartPoint start, Consumer<@Nullable TopicLog> reader) {
    read(
        key,
        found -> {
          if (found == null) {
            reader.accept(null);
          } else {
            load(found, firstAfter(start, found), () -> reader.accept(found));
          }
        });
  }

  private static long firstAfter(StartPoint start, TopicLog log) {
    long first = log.firstSequence();
    return switch (start) {
      case StartPoint.Now() -> log.lastSequence() + 1;
      case StartPoint.Earliest() -> first;
      case StartPoint.AfterSequence(long sequence) -> Math.max(first, sequence + 1);
      case StartPoint.After(Cursor after) ->
          log.continues(after) ? Math.max(first, after.sequence() + 1) : first;
    };
  }

  /// As [Shard#load] does.
  void load(TopicLog log, long from, Runnable done) {
    if (!log.isAbsent(from)) {
      done.run();
      return;
    }
    Shard owner = hub.owner(log.key());
    if (owner == shard) {
      owner.owned().load(log, from, done);
    } else {
      owner.execute(() -> owner.owned().load(log, from, () -> shard.execute(done)));
    }
  }
}
