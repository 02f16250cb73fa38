package io.pushrod.server.auth;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes who may come in while the server runs: sees to it that what was revoked is refused from
/// then on, ends what it holds open, and is on disk.
///
/// **Thread:** any; files are read and written on one of its own.
/* The rules change first and connections are looked through after, on their own loops. A connection is let in and put
 * among the live ones in one step of its loop, so it either sees the new rules or is found. */
public final class CredentialWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CredentialWatch.class);
  private static final long LOOK_MILLIS = 250;

  /// The open connections of the server.
  @FunctionalInterface
  public interface LiveConnections {
    /// Closes all that live on such an identity, soon.
    ///
    /// @return how many that were, once it is done
    CompletionStage<Integer> close(Predicate<Identity> whose, CloseReason reason);
  }

  private final ApiKeys keys;
  private final Revocations revocations;
  private final LiveConnections connections;
  private final ShardMetrics metrics;
  private final LongSupplier nowMillis;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("auth").factory());

  /// The last failure of a look, until one succeeds.
  private String reported = "";

  private CredentialWatch(
      Credentials credentials,
      LiveConnections connections,
      ShardMetrics metrics,
      LongSupplier nowMillis) {
    this.keys = credentials.keys();
    this.revocations = credentials.revocations();
    this.connections = connections;
    this.metrics = metrics;
    this.nowMillis = nowMillis;
  }

  /// Begins to watch.
  ///
  /// @param metrics counters of its own thread
  /// @param nowMillis the clock, since the epoch
  public static CredentialWatch start(
      Credentials credentials,
      LiveConnections connections,
      ShardMetrics metrics,
      LongSupplier nowMillis) {
    CredentialWatch watch = new CredentialWatch(credentials, connections, metrics, nowMillis);
    var _ =
        watch.thread.scheduleWithFixedDelay(
            watch::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    return watch;
  }

  private void look() {
    try {
      refreshKeys();
      if (revocations.forgetExpired(nowMillis.getAsLong())) {
        revocations.save();
      }
      reported = "";
    } catch (IOException e) {
      report(e.toString());
    } catch (RuntimeException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      log.error("Looking after API keys and revocations failed", e);
    }
  }

  /// What goes wrong at every look is told once.
  private void report(String failure) {
    if (!failure.equals(reported)) {
      reported = failure;
      metrics.count(Counter.AUTH_FILES_FAILED);
      log.error("{}", failure);
    }
  }

  private void refreshKeys() throws IOException {
    ApiKeys.Change change = keys.refresh();
    if (change == null) {
      return;
    }
    change.added().forEach(id -> Audit.record("key_added", "file", id, "accepted"));
    if (!change.ended().isEmpty()) {
      var _ =
          connections
              .close(who -> change.ended().contains(who.tokenId()), CloseReason.TOKEN_REVOKED)
              .thenAccept(
                  closed ->
                      Audit.record(
                          "keys_ended", "file", change.ended().toString(), "closed " + closed));
    }
  }

  /// All revocations that are remembered.
  public List<Revocation> revocations() {
    return revocations.all();
  }

  /// Refuses what it covers, from now on and after a restart, and closes what that holds open.
  ///
  /// @param by the peer's address
  /// @return how many connections were closed; fails with a [RequestException]: `UNAVAILABLE` when
  ///   there is no room, `INTERNAL` when it holds but would not outlive a restart
  public CompletionStage<Integer> revoke(Revocation revocation, String by) {
    return later(() -> add(revocation, by)).thenCompose(saved -> closed(revocation, by, saved));
  }

  /// @return whether it is on disk
  private boolean add(Revocation revocation, String by) {
    if (!revocations.add(revocation)) {
      metrics.count(Counter.LIMIT_REVOCATIONS);
      Audit.record("revoke", by, revocation.line(), "refused, no room");
      throw new RequestException(
          ErrorCode.UNAVAILABLE,
          "revocations: too many (expected: <= auth.revocation_entries; take some back)");
    }
    return save();
  }

  private CompletionStage<Integer> closed(Revocation revocation, String by, boolean saved) {
    return connections
        .close(revocation::covers, CloseReason.TOKEN_REVOKED)
        .thenApply(
            count -> {
              Audit.record(
                  "revoke",
                  by,
                  revocation.line(),
                  "closed " + count + (saved ? "" : ", not saved"));
              if (!saved) {
                throw notSaved();
              }
              return count;
            });
  }

  /// Takes a revocation back.
  ///
  /// @return null when there was none of that id; fails as [#revoke] does
  public CompletionStage<@Nullable Revocation> takeBack(String id, String by) {
    return later(
        () -> {
          Revocation removed = revocations.remove(id);
          boolean saved = removed == null || save();
          Audit.record(
              "unrevoke",
              by,
              removed == null ? "unknown" : removed.line(),
              removed == null ? "not found" : saved ? "done" : "done, not saved");
          if (!saved) {
            throw notSaved();
          }
          return removed;
        });
  }

  private boolean save() {
    try {
      revocations.save();
      return true;
    } catch (IOException e) {
      metrics.count(Counter.AUTH_FILES_FAILED);
      log.error("revocations: not saved (expected: a writable folder; {})", e.toString());
      return false;
    }
  }

  private static RequestException notSaved() {
    return new RequestException(
        ErrorCode.INTERNAL, "revocation: done, but forgotten at a restart (expected: on disk)");
  }

  private <T extends @Nullable Object> CompletionStage<T> later(Supplier<T> task) {
    try {
      return CompletableFuture.supplyAsync(task, thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new RequestException(ErrorCode.UNAVAILABLE, "server: stopping (expected: running)"));
    }
  }

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
