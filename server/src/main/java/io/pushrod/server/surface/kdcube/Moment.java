package io.pushrod.server.surface.kdcube;

import io.netty.channel.EventLoop;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// When something is asked, whose counters it moves, and where it goes on once a store has
/// answered.
///
/// **Thread:** the shard's.
///
/// @param shard runs tasks on the shard, at once when it is there
record Moment(long millis, ShardMetrics metrics, Executor shard) {
  private static final String AWAY = "Service temporarily unavailable";

  static Moment of(Shard shard) {
    return new Moment(shard.clock().millis(), shard.metrics(), on(shard));
  }

  private static Executor on(Shard shard) {
    EventLoop loop = shard.loop();
    return task -> {
      if (loop.inEventLoop()) {
        run(shard, task);
      } else {
        loop.execute(() -> run(shard, task));
      }
    };
  }

  private static void run(Shard shard, Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      shard.onTaskFailed(e);
    }
  }

  /// Goes on, on the shard, with what a store answers.
  ///
  /// @param refused gets what the answer or `then` failed with
  <T extends @Nullable Object> void take(
      CompletionStage<T> answer, Consumer<? super T> then, Consumer<RequestException> refused) {
    var _ =
        answer.whenComplete(
            (value, failure) ->
                shard.execute(
                    () -> {
                      if (failure != null) {
                        refused.accept(why(failure));
                        return;
                      }
                      try {
                        then.accept(value);
                      } catch (RequestException e) {
                        refused.accept(e);
                      }
                    }));
  }

  /// A store that does not answer is there again soon.
  private static RequestException why(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof RequestException refused
        ? refused
        : new RequestException(ErrorCode.UNAVAILABLE, AWAY);
  }
}
