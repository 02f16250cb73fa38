package io.pushrod.server.backplane;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One place for a connection for commands, which is filled again whenever it broke.
///
/// **Thread:** the link's, unless a method says otherwise.
final class Wire {
  private static final long RETRY_MILLIS = 100;

  /// Probes that may be due while one is under way, before the server counts as silent.
  private static final int PATIENCE = 4;

  private final Redis redis;
  private final EventExecutor thread;
  private final Runnable changed;
  private volatile Redis.@Nullable Connection made;
  private @Nullable String why = Obstacle.CONNECTING;
  private boolean isConnecting;
  private boolean isClosed;
  private boolean isProbing;

  /// Probes that were due since the one under way was sent.
  private int due;

  /// @param changed runs when [#obstacle] may have
  Wire(Redis redis, EventExecutor thread, Runnable changed) {
    this.redis = redis;
    this.thread = thread;
    this.changed = changed;
  }

  /// **Thread:** any.
  Redis.@Nullable Connection made() {
    return made;
  }

  /// Why it cannot be used; null while it can.
  @Nullable String obstacle() {
    return why;
  }

  void connect() {
    if (isConnecting || isClosed || made != null) {
      return;
    }
    isConnecting = true;
    redis.connect().whenComplete((got, failure) -> thread.execute(() -> connected(got, failure)));
  }

  private void connected(Redis.@Nullable Connection got, @Nullable Throwable failure) {
    isConnecting = false;
    if (got == null || failure != null) {
      say(failure == null ? Obstacle.NOT_CONNECTED : Obstacle.of(failure));
      later();
    } else if (!isClosed) { // else what has made it closes it
      if (!got.mends()) {
        got.stateful()
            .addListener(
                new RedisConnectionStateListener() {
                  @Override
                  public void onRedisDisconnected(RedisChannelHandler<?, ?> broken) {
                    thread.execute(() -> broke(got, Obstacle.LOST));
                  }
                });
      }
      if (got.mends() || got.stateful().isOpen()) {
        made = got;
        isProbing = false;
        probe();
      } else {
        got.stateful().closeAsync();
        later();
      }
    }
  }

  private void later() {
    if (!isClosed) {
      var _ = thread.schedule(this::connect, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void broke(Redis.Connection broken, String reason) {
    if (made == broken) {
      made = null;
      broken.stateful().closeAsync();
      say(reason);
      later();
    }
  }

  /// Asks whether the server answers; a connection on which no answer comes in time is given up.
  void probe() {
    Redis.Connection of = made;
    if (of == null) {
      return;
    }
    if (isProbing) {
      due++;
      if (due == PATIENCE) {
        say(Obstacle.NO_ANSWER);
      }
      return;
    }
    isProbing = true;
    due = 0;
    redis.ping(of).whenComplete((_, failure) -> thread.execute(() -> probed(of, failure)));
  }

  private void probed(Redis.Connection of, @Nullable Throwable failure) {
    if (made != of) {
      return;
    }
    isProbing = false;
    if (failure == null) {
      say(null);
    } else if (of.mends()) {
      say(Obstacle.of(failure));
      redis.lookAgain();
    } else {
      broke(of, Obstacle.of(failure));
    }
  }

  private void say(@Nullable String reason) {
    why = reason;
    changed.run();
  }

  /// Makes the connection anew.
  void renew() {
    Redis.Connection of = made;
    if (of != null && !of.mends()) {
      broke(of, "redis: connecting to another server");
    }
  }

  /// @return completed when the connection is closed
  CompletableFuture<Void> close() {
    isClosed = true;
    Redis.Connection last = made;
    made = null;
    return last == null ? CompletableFuture.completedFuture(null) : last.stateful().closeAsync();
  }
}
