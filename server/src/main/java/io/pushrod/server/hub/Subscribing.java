package io.pushrod.server.hub;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.index.SubscriptionIndex;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.Subscription;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Begins, refuses and ends the subscriptions of a shard's connections.
///
/// **Thread:** the shard.
final class Subscribing {
  private final OwnerCalls owners;
  private final SubscriptionIndex topics;
  private final Delivery delivery;
  private final ShardPresence presence;
  private final Readership readership;
  private final ShardMetrics metrics;

  Subscribing(
      OwnerCalls owners,
      SubscriptionIndex topics,
      Delivery delivery,
      ShardPresence presence,
      Readership readership,
      ShardMetrics metrics) {
    this.owners = owners;
    this.topics = topics;
    this.delivery = delivery;
    this.presence = presence;
    this.readership = readership;
    this.metrics = metrics;
  }

  /// As [Shard#subscribe] does.
  void subscribe(Subscription subscription) {
    ShardTopic topic = topics.findOrAdd(subscription.key());
    subscription.share(topic.key());
    TopicLog attached = topic.log();
    if (attached != null) {
      begin(topic, subscription, attached);
      return;
    }
    topic.pending().add(subscription);
    if (topic.beginAttach()) {
      owners.watch(topic, readership.isOwned(topic.key().name()), found -> attached(topic, found));
    }
  }

  /// @param found null when the topic exists for nobody, or its tenant may have no more
  private void attached(ShardTopic topic, @Nullable TopicLog found) {
    if (found != null) {
      topic.attach(found);
    } else {
      topics.remove(topic);
    }
    Subscription[] waiting = topic.pending().toArray(Subscription[]::new);
    topic.pending().clear();
    for (Subscription subscription : waiting) {
      if (found != null && admits(subscription, found)) {
        begun(topic, subscription, found);
      } else {
        refuse(subscription, found == null ? absent(topic) : ErrorCode.NOT_FOUND);
      }
    }
    dropIfUnread(topic);
  }

  /// Begins a subscription to a topic that has readers here. A refusal takes the way that it takes
  /// when there are none, so that its time tells nothing.
  private void begin(ShardTopic topic, Subscription subscription, TopicLog attached) {
    if (admits(subscription, attached)) {
      begun(topic, subscription, attached);
    } else {
      owners.visit(topic.key(), () -> refuse(subscription, ErrorCode.NOT_FOUND));
    }
  }

  private void begun(ShardTopic topic, Subscription subscription, TopicLog log) {
    metrics.count(Counter.SUBSCRIPTIONS_OPENED);
    presence.begin(subscription);
    delivery.begin(topic, subscription, log);
  }

  private boolean admits(Subscription subscription, TopicLog found) {
    return readership.admits(
        subscription.connection().identity(), subscription.key().name(), found);
  }

  /// Why a topic has no log: what has to be declared is created by that alone, and anything else by
  /// being asked for.
  private ErrorCode absent(ShardTopic topic) {
    return readership.isOwned(topic.key().name()) ? ErrorCode.NOT_FOUND : ErrorCode.TOPIC_QUOTA;
  }

  private void refuse(Subscription subscription, ErrorCode why) {
    if (!subscription.connection().subscriptions().contains(subscription)) {
      return;
    }
    if (why == ErrorCode.NOT_FOUND) {
      metrics.count(Counter.AUTH_GRANT);
    }
    subscription.connection().remove(subscription);
    subscription.tellRefused(why);
  }

  /// As [Shard#recheck] does.
  void recheck(ShardTopic topic, TopicLog attached) {
    topic.recheck(attached);
    for (Subscription subscription : topic.begun()) {
      recheck(subscription, attached);
    }
  }

  /// As [Shard#recheck] does.
  void recheck(Connection connection) {
    for (Subscription subscription : List.copyOf(connection.subscriptions())) {
      TopicLog attached = subscription.log();
      if (attached != null) {
        recheck(subscription, attached);
      }
    }
  }

  private void recheck(Subscription subscription, TopicLog attached) {
    if (!admits(subscription, attached)) {
      Cursor cursor = subscription.cursor();
      unsubscribe(subscription);
      metrics.count(Counter.AUTH_GRANT);
      subscription
          .connection()
          .onUnsubscribed(subscription.key().name(), ErrorCode.NOT_FOUND, cursor);
    }
  }

  /// As [Shard#unsubscribe] does.
  void unsubscribe(Subscription subscription) {
    delivery.settle();
    subscription.connection().remove(subscription);
    if (subscription.log() != null) {
      metrics.count(Counter.SUBSCRIPTIONS_CLOSED);
    }
    presence.end(subscription);
    ShardTopic topic = topics.find(subscription.key());
    if (topic != null) {
      delivery.end(topic, subscription);
      dropIfUnread(topic);
    }
    subscription.tellEnded();
  }

  private void dropIfUnread(ShardTopic topic) {
    if (topic.log() != null && !topic.hasReaders()) {
      topics.remove(topic);
      owners.unwatch(topic);
    }
  }

  /// The log of a topic is another one: its readers go on there, and hear of the gap.
  void replaced(ShardTopic topic, TopicLog by) {
    if (topic.log() == null) {
      return;
    }
    delivery.settle();
    List<Subscription> readers = topic.begun();
    List<Cursor> cursors =
        readers.stream().map(each -> Objects.requireNonNull(each.cursor())).toList();
    readers.forEach(each -> delivery.end(topic, each));
    topic.attach(by);
    for (int i = 0; i < readers.size(); i++) {
      delivery.goOn(topic, readers.get(i), by, cursors.get(i));
    }
  }
}
