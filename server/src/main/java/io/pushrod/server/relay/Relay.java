package io.pushrod.server.relay;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One row: the channels that are wanted of one Redis, the connection to it, and what comes.
///
/// **Thread:** the relay's, unless a method says otherwise.
final class Relay implements RedisLink.Listener {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  /// What a message takes besides its bytes while it waits.
  private static final int OVERHEAD = 64;

  private static final long FIRST_RETRY_MILLIS = 500;
  private static final int RETRY_DOUBLINGS = 5;
  private static final long LAST_RETRY_MILLIS = 10_000;

  private final RelayRow row;
  private final EventExecutor thread;
  private final RedisClient client;
  private final RedisURI uri;
  private final Inflow inflow;
  private final HistoryReader history;
  private final Relays.Gate gate;
  private final ShardMetrics metrics;
  private final Channels channels;

  /// Messages for which the queue had no room, still to be counted.
  private final AtomicLong unheard = new AtomicLong();

  private @Nullable RedisLink link;
  private boolean isClosed;
  private int failures;

  private @Nullable KdcubeStats stats;

  private volatile boolean up;

  Relay(
      RelayRow row,
      EventExecutor thread,
      RedisClient client,
      RedisURI uri,
      Inflow inflow,
      Relays.Gate gate,
      ShardMetrics metrics) {
    this.row = row;
    this.thread = thread;
    this.client = client;
    this.uri = uri;
    this.inflow = inflow;
    this.gate = gate;
    this.metrics = metrics;
    this.channels = new Channels(row.config().channels(), metrics);
    this.history = new HistoryReader(this, inflow);
  }

  RelayRow row() {
    return row;
  }

  ShardMetrics metrics() {
    return metrics;
  }

  /// Whether its connections stand. **Thread:** any.
  boolean isUp() {
    return up;
  }

  /// Channels that are subscribed, or about to be. **Thread:** any.
  int subscribed() {
    return channels.sent();
  }

  /// **Thread:** any.
  long waitingBytes() {
    return inflow.bytes();
  }

  /// The connection, while it stands.
  @Nullable RedisLink link() {
    return up ? link : null;
  }

  /// @param told is to be told of readers now and then; null for nobody
  void start(@Nullable KdcubeStats told) {
    stats = told;
    if (told != null) {
      repeat(this::tellStats, KdcubeStats.EVERY_MILLIS);
    }
    repeat(this::reconcile, row.config().reconcileMillis());
    connect();
  }

  private void repeat(Runnable task, long millis) {
    thread.scheduleWithFixedDelay(guarded(task), millis, millis, TimeUnit.MILLISECONDS);
  }

  private void tellStats() {
    if (stats != null && up) {
      stats.tell();
    }
  }

  /// @return completed when nothing of it is left
  CompletionStage<?> close() {
    isClosed = true;
    if (stats != null) {
      stats.tellEnd();
    }
    RedisLink open = link;
    CompletableFuture<Void> gone =
        open == null ? CompletableFuture.completedFuture(null) : open.close();
    return gone.thenCompose(_ -> client.shutdownAsync(0, 1, TimeUnit.SECONDS));
  }

  /// Runs a task here, later. **Thread:** any.
  void execute(Runnable task) {
    Relays.execute(thread, guarded(task));
  }

  /// A task that fails fails alone.
  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        metrics.count(Counter.INTERNAL_ERRORS);
        log.error("{}: failed", row.name(), e);
      }
    };
  }

  void schedule(Runnable task, long millis) {
    thread.schedule(guarded(task), millis, TimeUnit.MILLISECONDS);
  }

  // Readers.

  void onFirst(TopicKey topic, String channel) {
    Watched watched = channels.want(topic, channel, row.producers().history(topic.name()));
    watched.isRead = true;
    if (watched.linger != null) {
      watched.linger.cancel(false);
      watched.linger = null;
    }
    RedisLink open = link();
    if (open != null && !watched.sent) {
      channels.subscribe(List.of(watched), open);
    }
  }

  void onLast(String channel) {
    Watched watched = channels.find(channel);
    if (watched == null) {
      return;
    }
    watched.isRead = false;
    long lingerMillis = row.config().lingerMillis();
    if (lingerMillis == 0) {
      letGo(watched);
    } else {
      watched.linger =
          thread.schedule(guarded(() -> letGo(watched)), lingerMillis, TimeUnit.MILLISECONDS);
    }
  }

  /// How many of the topics that `which` picks are read.
  long countRead(Predicate<TopicKey> which) {
    return channels.wanted().stream().filter(w -> w.isRead && which.test(w.topic)).count();
  }

  private void letGo(Watched watched) {
    if (channels.isWanted(watched)) {
      history.letGo(watched);
      channels.letGo(watched, link());
    }
  }

  // The connection.

  private void connect() {
    if (!isClosed) {
      link = new RedisLink(client, uri, row.eventBytes(), this);
      link.open();
    }
  }

  @Override
  public void onUp(RedisLink which) {
    execute(
        () -> {
          if (which == link && !isClosed) {
            up = true;
            failures = 0;
            metrics.count(Counter.RELAY_CONNECTED);
            log.info("{}: connected, {} channels", row.name(), channels.wanted().size());
            channels.subscribeAll(which);
            tellStats();
          }
        });
  }

  @Override
  public void onDown(RedisLink which) {
    execute(
        () -> {
          if (which == link && !isClosed) {
            down(which.why());
          }
        });
  }

  private void down(String why) {
    metrics.count(up ? Counter.RELAY_LOST : Counter.RELAY_UNREACHABLE);
    if (up || failures == 0) {
      log.warn("{}: {} {}", row.name(), up ? "connection lost" : "cannot be reached:", why);
    }
    up = false;
    link = null;
    channels.onDown();
    schedule(this::connect, retryMillis(failures++));
  }

  /// 0.5 s, then twice as long each time, 10 s at most.
  static long retryMillis(int failures) {
    return Math.min(LAST_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(failures, RETRY_DOUBLINGS));
  }

  // What Redis says.

  @Override
  public void onMessage(RedisLink which, String channel, Hearsay message) {
    int size = message.bytes() + OVERHEAD;
    if (!inflow.tryTake(size)) {
      if (unheard.getAndIncrement() == 0) {
        execute(this::countUnheard);
      }
      return;
    }
    execute(
        () -> {
          inflow.take(-size);
          hear(channel, message);
        });
  }

  private void hear(String channel, Hearsay message) {
    metrics.count(Counter.RELAY_MESSAGES);
    Watched watched = channels.find(channel);
    if (watched == null) {
      metrics.count(Counter.RELAY_UNREAD);
      return;
    }
    Relayed event = read(watched, message);
    if (event == null) {
      return;
    }
    if (watched.run == null) {
      publish(watched, event);
    } else {
      history.onLive(watched, watched.run, event);
    }
  }

  /// What had no room may be in a stream.
  private void countUnheard() {
    long count = unheard.getAndSet(0);
    metrics.count(Counter.RELAY_NO_ROOM, count);
    metrics.count(Counter.RELAY_MESSAGES, count);
    history.onDropped(channels.wanted());
  }

  /// @return null when the message becomes no event, which is counted
  @Nullable Relayed read(Watched watched, Hearsay message) {
    if (message.text == null) {
      metrics.count(Counter.RELAY_TOO_LARGE);
      return null;
    }
    Fields fields = Fields.of(message.text);
    Relayed event = fields == null ? null : row.producers().read(watched.topic.name(), fields);
    if (event == null) {
      metrics.count(Counter.RELAY_MALFORMED);
    }
    return event;
  }

  /// Whether a channel is wanted still.
  boolean isWanted(Watched watched) {
    return channels.isWanted(watched);
  }

  /// Makes an event of its topic, unless only others may publish there. Signals of the past are
  /// over.
  void publish(Watched watched, Relayed event) {
    if (event.stored() && inflow.isSignal(event)) {
      metrics.count(Counter.RELAY_KNOWN);
    } else if (gate.admits(watched.topic, event.type())) {
      inflow.add(watched.topic, event);
    } else {
      metrics.count(Counter.RELAY_REFUSED);
    }
  }

  @Override
  public void onSubscribed(RedisLink which, String channel, long count) {
    execute(
        () -> {
          Watched begun = which == link ? channels.onSubscribed(channel, count) : null;
          if (begun != null) {
            history.join(begun);
          }
        });
  }

  @Override
  public void onUnsubscribed(RedisLink which, String channel) {
    execute(
        () -> {
          if (which == link) {
            channels.onUnsubscribed(channel);
          }
        });
  }

  /// Looks whether a topic has a stream. **Thread:** any.
  ///
  /// @return failed while Redis cannot be asked
  CompletableFuture<Boolean> hasHistory(String topic) {
    CompletableFuture<Boolean> has = new CompletableFuture<>();
    execute(
        () -> {
          String key = row.producers().history(topic);
          RedisLink open = link();
          if (key == null) {
            has.complete(false);
          } else if (open == null) {
            has.completeExceptionally(new IOException(row.name() + ": not connected"));
          } else {
            open.exists(key)
                .whenComplete(
                    (found, failure) -> {
                      if (failure == null) {
                        has.complete(found);
                      } else {
                        has.completeExceptionally(failure);
                      }
                    });
          }
        });
    return has;
  }

  // Drift.

  /// Compares what is subscribed with what is wanted. Asking again for what is there changes
  /// nothing, and the answer tells how many there are.
  private void reconcile() {
    RedisLink open = link();
    if (open == null) {
      return;
    }
    channels.countLate();
    channels.wanted().forEach(history::lookAgain);
    channels.subscribeAll(open);
    long asked = channels.changes();
    open.ping().whenComplete((_, failure) -> execute(() -> judge(open, asked, failure != null)));
  }

  private void judge(RedisLink open, long asked, boolean isDead) {
    if (open == link() && (isDead || channels.hasStrangers(asked))) {
      metrics.count(Counter.RELAY_REPAIRS);
      var _ = open.close();
    }
  }
}
