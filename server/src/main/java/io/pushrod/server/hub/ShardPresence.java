package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.command.PresencePage;
import io.pushrod.codec.command.PresenceReplies;
import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryPart;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.presence.ClusterPresence;
import io.pushrod.server.presence.PresenceBook;
import io.pushrod.server.presence.PresenceChange;
import io.pushrod.server.presence.PresenceListener;
import io.pushrod.server.presence.PresenceSettings;
import io.pushrod.server.session.Attendance;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A shard's part in presence: it tells the owners of topics which subscriptions here count, and
/// keeps who is on the topics that it owns.
///
/// **Thread:** the shard, except [#members()].
/* What a shard tells an owner arrives in the order in which it was told, and a subscription lives on one shard: so each
 * begin is followed by its one end, and the counts are exact whatever happens in between. */
public final class ShardPresence {
  /// Hears who is on a topic. **Thread:** the shard that asked.
  public interface Answer {
    /// @param log of the topic; null when it has none
    void onPage(@Nullable TopicLog log, PresencePage page);
  }

  /// Makes signals of all types, whatever a deployment calls them: nothing of them is stored.
  private static final EventTypes TYPES = new EventTypes(Map.of());

  private final Shard shard;
  private final Hub hub;
  private final OwnedTopics topics;
  private final PresenceSettings settings;
  private final PresenceBook book;

  ShardPresence(Shard shard, Hub hub, OwnedTopics topics, PresenceSettings settings) {
    this.shard = shard;
    this.hub = hub;
    this.topics = topics;
    this.settings = settings;
    this.book = new PresenceBook(settings, new Announcer());
  }

  public PresenceSettings settings() {
    return settings;
  }

  // Readers here.

  /// A subscription begins: it counts if its surface or its topic says so.
  void begin(Subscription subscription) {
    TopicKey key = subscription.key();
    if (!subscription.countsAsPresent() && !settings.topics().allows(key.name())) {
      return;
    }
    Identity who = subscription.connection().identity();
    Attendance attendance = new Attendance(who == null ? "" : who.user());
    subscription.attend(attendance);
    tell(key, owner -> owner.book.join(key, attendance, owner.shard.clock().millis()));
  }

  /// A subscription ends; one that did not count means nothing.
  void end(Subscription subscription) {
    Attendance attendance = subscription.attendance();
    if (attendance == null) {
      return;
    }
    subscription.attend(null);
    TopicKey key = subscription.key();
    tell(key, owner -> owner.book.leave(key, attendance, owner.shard.clock().nanos()));
  }

  /// Asks who is on a topic.
  ///
  /// @param after the user behind whom the page begins; empty for the first
  /// @param limit the most users, at least 1
  public void ask(TopicKey key, String after, int limit, Answer answer) {
    tell(
        key,
        owner ->
            owner.page(
                key,
                after,
                limit,
                page ->
                    owner.topics.find(key, log -> answer(owner, () -> answer.onPage(log, page)))));
  }

  private void page(TopicKey key, String after, int limit, Consumer<PresencePage> to) {
    ClusterPresence cluster = hub.presence();
    if (cluster == null) {
      to.accept(book.page(key, after, limit));
      return;
    }
    var _ =
        cluster
            .page(key, after, limit)
            .whenComplete(
                (page, failure) ->
                    execute(
                        () -> {
                          if (failure != null) {
                            shard.metrics().count(Counter.CLUSTER_PRESENCE_LOCAL);
                          }
                          to.accept(failure == null ? page : book.page(key, after, limit));
                        }));
  }

  /// Changes what the user of a subscription says of itself there.
  ///
  /// @param attendance of a subscription that has begun here and not ended
  /// @param state a JSON object of at most [PresenceSettings#stateBytes()]; null for none
  /// @param answer hears false when the user is not listed; on this shard
  public void state(
      TopicKey key, Attendance attendance, @Nullable String state, Consumer<Boolean> answer) {
    tell(
        key,
        owner -> {
          boolean listed = owner.book.state(key, attendance, state);
          answer(owner, () -> answer.accept(listed));
        });
  }

  private void tell(TopicKey key, Consumer<ShardPresence> task) {
    ShardPresence owner = hub.owner(key).presence();
    if (owner == this) {
      task.accept(this);
    } else {
      owner.execute(() -> task.accept(owner));
    }
  }

  private void answer(ShardPresence owner, Runnable task) {
    if (owner == this) {
      task.run();
    } else {
      execute(task);
    }
  }

  private void execute(Runnable task) {
    try {
      shard.loop().execute(() -> run(task));
    } catch (RejectedExecutionException e) {
      // The server has ended, and with it whoever was there.
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      shard.onTaskFailed(e);
    }
  }

  // Topics here.

  /// Ends the stay of those who did not come back in time.
  void expire() {
    book.expire(shard.clock().nanos());
  }

  /// Tells the other servers again who is on the topics here, later. **Thread:** any.
  public void retell() {
    execute(book::retell);
  }

  /// Says to those who read a topic what became of a user there, over all servers. **Thread:** any.
  public void announce(TopicKey topic, PresenceChange change, PresentUser who) {
    execute(() -> signal(topic, change, who));
  }

  private void signal(TopicKey topic, PresenceChange change, PresentUser who) {
    ByteBuf data = Unpooled.buffer(128);
    PresenceReplies.user(data, who);
    topics.signal(
        new Publication(
            new TopicKey[] {topic},
            TYPES.of(change.type(), EventClass.SIGNAL),
            Publication.NO_IDS,
            0,
            0,
            data,
            data.readerIndex(),
            data.readableBytes()),
        shard.clock().millis());
  }

  /// Users in the lists of the topics that the shard owns. **Thread:** any.
  public int members() {
    return book.members();
  }

  private final class Announcer implements PresenceListener {
    @Override
    public void onChange(TopicKey topic, PresenceChange change, PresentUser who) {
      if (hub.presence() == null) {
        signal(topic, change, who);
      }
    }

    @Override
    public void onPresent(TopicKey topic, PresentUser who, boolean stateChanged) {
      ClusterPresence cluster = hub.presence();
      if (cluster != null) {
        cluster.present(topic, who, stateChanged);
      }
    }

    @Override
    public void onGone(TopicKey topic, String user) {
      ClusterPresence cluster = hub.presence();
      if (cluster != null) {
        cluster.gone(topic, user);
      }
    }

    @Override
    public void onTotals(TopicKey topic, int connections, int anonymous, boolean isEmpty) {
      ClusterPresence cluster = hub.presence();
      if (cluster != null) {
        cluster.totals(topic, connections, anonymous, isEmpty);
      }
    }

    @Override
    public void onStateBytes(long more) {
      shard.memory().add(MemoryPart.STATES, more);
    }

    @Override
    public void onFull(TopicKey topic) {
      shard.metrics().count(Counter.LIMIT_PRESENCE_MEMBERS);
    }
  }
}
