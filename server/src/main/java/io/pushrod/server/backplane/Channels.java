package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The channels that are wanted, and the connections that have subscribed them.
///
/// **Thread:** the link's, unless a method says otherwise.
/* What is wanted is one map. Each channel that may differ from it is looked at once, on one thread, and the commands of one
 * connection are done in order: so what is subscribed in the end is what was wanted last. */
final class Channels {
  /// Channels that one command names.
  private static final int PER_COMMAND = 256;

  private static final long RETRY_MILLIS = 100;

  /// @param heard completed when Redis has subscribed it for the first time
  private record Wanted(Consumer<byte[]> listener, CompletableFuture<Void> heard) {}

  private final Redis redis;
  private final EventExecutor thread;
  private final ConnectionListener owner;
  private final Map<String, Wanted> wanted = new ConcurrentHashMap<>();
  private final Map<String, Ear> ears = new HashMap<>();

  /// By channel, the connection that was asked for it.
  private final Map<String, Ear> asked = new HashMap<>();

  private final Set<String> doubtful = new LinkedHashSet<>();
  private boolean isLooking;
  private boolean isClosed;

  /// @param owner hears what was subscribed anew
  Channels(Redis redis, EventExecutor thread, ConnectionListener owner) {
    this.redis = redis;
    this.thread = thread;
    this.owner = owner;
  }

  /// **Thread:** any.
  CompletableFuture<Void> subscribe(String channel, Consumer<byte[]> listener) {
    Wanted added = new Wanted(listener, new CompletableFuture<>());
    wanted.put(channel, added);
    thread.execute(() -> doubt(channel));
    return added.heard;
  }

  /// **Thread:** any.
  void unsubscribe(String channel) {
    wanted.remove(channel);
    thread.execute(() -> doubt(channel));
  }

  /// **Thread:** any.
  int count() {
    return wanted.size();
  }

  /// Looks at all channels again: slots may have moved.
  void doubtAll() {
    doubtful.addAll(wanted.keySet());
    doubtful.addAll(asked.keySet());
    look(0);
  }

  private void doubt(String channel) {
    doubtful.add(channel);
    look(0);
  }

  private void look(long delayMillis) {
    if (!isLooking && !isClosed) {
      isLooking = true;
      Runnable task =
          () -> {
            isLooking = false;
            settle();
          };
      if (delayMillis == 0) {
        thread.execute(task);
      } else {
        var _ = thread.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
      }
    }
  }

  private void settle() {
    Set<Ear> changed = new HashSet<>();
    for (String channel : doubtful) {
      Ear now = asked.get(channel);
      Wanted want = wanted.get(channel);
      Ear right = want == null ? null : ears.computeIfAbsent(redis.serverOf(channel), Ear::new);
      if (now != null && now != right) {
        now.leaving.add(channel);
        asked.remove(channel);
        changed.add(now);
      }
      if (right != null) {
        if (now == right) {
          // Whoever wants it now is another than before, perhaps.
          right.answered(channel);
        } else {
          right.coming.add(channel);
          asked.put(channel, right);
        }
        changed.add(right);
      }
    }
    doubtful.clear();
    changed.forEach(Ear::send);
  }

  /// @return completed when all connections are closed
  CompletableFuture<Void> close() {
    isClosed = true;
    return CompletableFuture.allOf(
        ears.values().stream().map(Ear::end).toArray(CompletableFuture[]::new));
  }

  /// A connection for the channels of one server.
  private final class Ear extends RedisPubSubAdapter<byte[], byte[]> {
    private final String server;
    private final Set<String> coming = new LinkedHashSet<>();
    private final Set<String> leaving = new LinkedHashSet<>();

    /// What Redis has confirmed.
    private final Set<String> has = new HashSet<>();

    private @Nullable StatefulRedisPubSubConnection<byte[], byte[]> connection;
    private boolean isConnecting;

    Ear(String server) {
      this.server = server;
    }

    void answered(String channel) {
      Wanted want = wanted.get(channel);
      if (want != null && has.contains(channel)) {
        want.heard.complete(null);
      }
    }

    void send() {
      StatefulRedisPubSubConnection<byte[], byte[]> to = connection;
      if (to == null) {
        leaving.clear();
        connect();
        return;
      }
      coming.removeIf(channel -> asked.get(channel) != this);
      leaving.removeIf(channel -> asked.get(channel) == this);
      has.removeAll(leaving);
      boolean isSharded = redis.isSharded();
      each(
          leaving,
          some -> {
            var _ = isSharded ? to.async().sunsubscribe(some) : to.async().unsubscribe(some);
          });
      leaving.clear();
      each(
          coming,
          some ->
              (isSharded ? to.async().ssubscribe(some) : to.async().subscribe(some))
                  .whenComplete(
                      (_, failure) -> {
                        if (failure != null) {
                          thread.execute(() -> refused(some));
                        }
                      }));
      coming.clear();
    }

    /// Sharded channels of one command must share a slot.
    private void each(Set<String> channels, Consumer<byte[][]> command) {
      int size = redis.isSharded() ? 1 : PER_COMMAND;
      List<byte[]> some = new ArrayList<>();
      for (String channel : channels) {
        some.add(channel.getBytes(UTF_8));
        if (some.size() == size) {
          command.accept(some.toArray(byte[][]::new));
          some.clear();
        }
      }
      if (!some.isEmpty()) {
        command.accept(some.toArray(byte[][]::new));
      }
    }

    private void refused(byte[][] channels) {
      if (connection != null) {
        redis.lookAgain();
        for (byte[] each : channels) {
          String channel = new String(each, UTF_8);
          asked.remove(channel, this);
          doubtful.add(channel);
        }
        look(RETRY_MILLIS);
      }
    }

    private void connect() {
      if (isConnecting || isClosed || coming.isEmpty()) {
        return;
      }
      isConnecting = true;
      redis
          .connectChannels(server)
          .whenComplete((made, failure) -> thread.execute(() -> connected(made, failure)));
    }

    private void connected(
        @Nullable StatefulRedisPubSubConnection<byte[], byte[]> made, @Nullable Throwable failure) {
      isConnecting = false;
      if (made == null || failure != null) {
        redis.lookAgain();
        again();
        return;
      }
      if (isClosed) {
        return; // what has made it closes it
      }
      connection = made;
      made.addListener(this);
      made.addListener(
          new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> broken) {
              thread.execute(() -> broke(made));
            }
          });
      if (made.isOpen()) {
        send();
        made.async()
            .ping()
            .whenComplete((_, failed) -> thread.execute(() -> confirmed(made, failed)));
      } else {
        broke(made);
      }
    }

    /// All that it had at first is subscribed.
    private void confirmed(
        StatefulRedisPubSubConnection<byte[], byte[]> of, @Nullable Throwable failure) {
      if (connection == of && failure == null) {
        owner.onResubscribed();
      }
    }

    private void broke(StatefulRedisPubSubConnection<byte[], byte[]> broken) {
      if (connection == broken) {
        connection = null;
        broken.closeAsync();
        again();
      }
    }

    /// Leaves its channels to whoever has them by then.
    private void again() {
      ears.remove(server, this);
      asked.forEach(
          (channel, ear) -> {
            if (ear == this) {
              doubtful.add(channel);
            }
          });
      asked.values().removeIf(ear -> ear == this);
      look(RETRY_MILLIS);
    }

    CompletableFuture<Void> end() {
      StatefulRedisPubSubConnection<byte[], byte[]> last = connection;
      connection = null;
      return last == null ? CompletableFuture.completedFuture(null) : last.closeAsync();
    }

    /// Whether it still answers.
    void ping() {
      StatefulRedisPubSubConnection<byte[], byte[]> of = connection;
      if (of != null) {
        of.async()
            .ping()
            .whenComplete(
                (_, failure) -> {
                  if (failure != null) {
                    thread.execute(() -> broke(of));
                  }
                });
      }
    }

    // Of Redis, on its threads.

    @Override
    public void message(byte[] channel, byte[] message) {
      hear(channel, message);
    }

    @Override
    public void smessage(byte[] channel, byte[] message) {
      hear(channel, message);
    }

    private void hear(byte[] channel, byte[] message) {
      Wanted want = wanted.get(new String(channel, UTF_8));
      if (want != null) {
        want.listener.accept(message);
      }
    }

    @Override
    public void subscribed(byte[] channel, long count) {
      thread.execute(() -> has(new String(channel, UTF_8)));
    }

    @Override
    public void ssubscribed(byte[] channel, long count) {
      thread.execute(() -> has(new String(channel, UTF_8)));
    }

    private void has(String channel) {
      if (asked.get(channel) == this) {
        has.add(channel);
        answered(channel);
      }
    }

    /// Redis ends subscriptions of a slot that moves away.
    @Override
    public void sunsubscribed(byte[] channel, long count) {
      thread.execute(() -> lost(new String(channel, UTF_8)));
    }

    private void lost(String channel) {
      has.remove(channel);
      if (asked.get(channel) == this) {
        redis.lookAgain();
        asked.remove(channel);
        doubtful.add(channel);
        look(RETRY_MILLIS);
      }
    }
  }

  /// Finds out which connections still answer.
  void ping() {
    ears.values().forEach(Ear::ping);
  }
}
