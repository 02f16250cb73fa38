package io.pushrod.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.SharedRecords;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rules that are changed while the server runs, by one thread, and see to it that a change is on
/// disk and, where several servers act as one, known to the others.
///
/// **Thread:** any, where a method does not say otherwise.
public final class CommonRules implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CommonRules.class);

  /// What one of them, and many, are called.
  public record Name(String one, String many) {}

  /// Writes down all that hold. **Thread:** that of the rules.
  public interface RuleFile {
    void save() throws IOException;
  }

  /// Does what other servers did. **Thread:** that of the rules.
  public interface Others {
    /// @param line a rule
    void onPut(String line);

    void onRemove(String key);
  }

  /// A change that holds here.
  ///
  /// @param others completed with whether they know of it
  public record Done<T extends @Nullable Object>(
      T what, boolean saved, CompletionStage<Boolean> others) {}

  private final Name name;
  private final ExecutorService thread;
  private final SharedRecords shared;
  private final RuleFile file;
  private final ShardMetrics metrics;

  /// @param thread becomes ours
  /// @param metrics counters of the thread
  public CommonRules(
      Name name,
      ExecutorService thread,
      SharedRecords shared,
      RuleFile file,
      ShardMetrics metrics) {
    this.name = name;
    this.thread = thread;
    this.shared = shared;
    this.file = file;
    this.metrics = metrics;
  }

  /// Learns what other servers have, before anybody is let in. Where that cannot be known now, what
  /// this server remembers holds until it can.
  public void begin(Map<String, byte[]> known, Others others) {
    boolean isKnown = shared.begin(known, new Listener(others)).toCompletableFuture().join();
    later(() -> 0).toCompletableFuture().join(); // what the others have holds by now
    if (!isKnown) {
      log.warn("{}: as this server remembers them, until Redis answers", name.many());
    }
  }

  private final class Listener implements SharedRecords.Listener {
    private final Others others;

    Listener(Others others) {
      this.others = others;
    }

    @Override
    public void onPut(String key, byte[] value) {
      var _ = later(() -> done(() -> others.onPut(new String(value, UTF_8))));
    }

    @Override
    public void onRemove(String key) {
      var _ = later(() -> done(() -> others.onRemove(key)));
    }

    private static boolean done(Runnable task) {
      task.run();
      return true;
    }
  }

  /// Does something on the thread.
  ///
  /// @return fails with a [RequestException], `UNAVAILABLE` where the server ends
  public <T extends @Nullable Object> CompletionStage<T> later(Supplier<T> task) {
    try {
      return CompletableFuture.supplyAsync(task, thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new RequestException(ErrorCode.UNAVAILABLE, "server: stopping (expected: running)"));
    }
  }

  /// Tells the others of a rule.
  ///
  /// @return whether they hear of it now
  public CompletionStage<Boolean> put(String key, String line) {
    return shared.put(key, line.getBytes(UTF_8));
  }

  /// As [#put].
  public CompletionStage<Boolean> remove(String key) {
    return shared.remove(key);
  }

  /// Writes all that hold to disk. **Thread:** that of the rules.
  ///
  /// @return whether they are there
  public boolean save() {
    try {
      file.save();
      return true;
    } catch (IOException e) {
      metrics.count(Counter.AUTH_FILES_FAILED);
      log.error("{}: not saved (expected: a writable folder; {})", name.many(), e.toString());
      return false;
    }
  }

  /// Waits until the others know of a change.
  ///
  /// @return what was done; fails with a [RequestException], `INTERNAL`, unless it will hold after
  ///   a restart and elsewhere too
  public <T extends @Nullable Object> CompletionStage<T> confirmed(Done<T> done) {
    return done.others()
        .thenApply(
            told -> {
              if (!done.saved()) {
                throw unfinished("forgotten at a restart (expected: on disk)");
              }
              if (!told) {
                throw unfinished("at this server only until Redis answers (expected: at all)");
              }
              return done.what();
            });
  }

  private RequestException unfinished(String what) {
    return new RequestException(ErrorCode.INTERNAL, name.one() + ": done, but " + what);
  }

  /// Ends the thread when it has done what it was given.
  @Override
  public void close() {
    thread.shutdown();
    try {
      var _ = thread.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
