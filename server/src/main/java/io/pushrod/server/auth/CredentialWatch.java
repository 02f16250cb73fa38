package io.pushrod.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Identity;
import io.pushrod.server.storage.SharedRecords;
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
/// then on, ends what it holds open, and is on disk and, where several servers act as one, known to
/// the others.
///
/// **Thread:** any; files are read and written on one of its own.
/* The rules change first and connections are looked through after, on their own loops. A connection is let in and put
 * among the live ones in one step of its loop, so it either sees the new rules or is found. */
public final class CredentialWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CredentialWatch.class);
  private static final long LOOK_MILLIS = 250;
  private static final String ANOTHER = "another server";
  private static final String DONE = "done";
  private static final String NOT_SAVED = "done, not saved";

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
  private final SharedRecords shared;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("auth").factory());

  /// The last failure of a look, until one succeeds.
  private String reported = "";

  private CredentialWatch(
      Credentials credentials,
      LiveConnections connections,
      ShardMetrics metrics,
      LongSupplier nowMillis,
      SharedRecords shared) {
    this.keys = credentials.keys();
    this.revocations = credentials.revocations();
    this.connections = connections;
    this.metrics = metrics;
    this.nowMillis = nowMillis;
    this.shared = shared;
  }

  /// Begins to watch, knowing what other servers have revoked. Where that cannot be known now, what
  /// this server remembers holds until it can.
  ///
  /// @param metrics counters of its own thread
  /// @param nowMillis the clock, since the epoch
  /// @param shared what other servers have revoked
  public static CredentialWatch start(
      Credentials credentials,
      LiveConnections connections,
      ShardMetrics metrics,
      LongSupplier nowMillis,
      SharedRecords shared) {
    CredentialWatch watch =
        new CredentialWatch(credentials, connections, metrics, nowMillis, shared);
    watch.learn();
    var _ =
        watch.thread.scheduleWithFixedDelay(
            watch::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    return watch;
  }

  private void learn() {
    boolean known = shared.begin(revocations.records(), new Others()).toCompletableFuture().join();
    later(() -> 0).toCompletableFuture().join(); // what the others have holds by now
    if (!known) {
      log.warn("revocations: as this server remembers them, until Redis answers");
    }
  }

  /// What other servers do.
  private final class Others implements SharedRecords.Listener {
    @Override
    public void onPut(String key, byte[] value) {
      var _ =
          later(
              () -> {
                Revocation theirs = Revocation.parse(new String(value, UTF_8));
                if (theirs.expiresAtMillis() > nowMillis.getAsLong() && revocations.adopt(theirs)) {
                  metrics.count(Counter.CLUSTER_REVOCATIONS);
                  boolean saved = save();
                  var _ =
                      connections
                          .close(theirs::covers, CloseReason.TOKEN_REVOKED)
                          .thenAccept(count -> recorded(theirs, ANOTHER, count, saved));
                }
                return theirs;
              });
    }

    @Override
    public void onRemove(String key) {
      var _ =
          later(
              () -> {
                Revocation removed = revocations.remove(key);
                if (removed != null) {
                  metrics.count(Counter.CLUSTER_REVOCATIONS);
                  Audit.record("unrevoke", ANOTHER, removed.line(), save() ? DONE : NOT_SAVED);
                }
                return key;
              });
    }
  }

  private void look() {
    try {
      refreshKeys();
      List<Revocation> expired = revocations.forgetExpired(nowMillis.getAsLong());
      if (!expired.isEmpty()) {
        expired.forEach(each -> shared.remove(each.id()));
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
    return later(() -> add(revocation, by))
        .thenCompose(
            done ->
                connections
                    .close(revocation::covers, CloseReason.TOKEN_REVOKED)
                    .thenApply(count -> recorded(revocation, by, count, done.saved()))
                    .thenCombine(done.others(), (count, told) -> done.confirm(told, count)));
  }

  /// A change that holds here.
  ///
  /// @param others completed with whether they know of it
  private record Done(boolean saved, CompletionStage<Boolean> others) {
    /// @throws RequestException `INTERNAL` unless it will hold later and elsewhere too
    <T extends @Nullable Object> T confirm(boolean told, T result) {
      if (!saved) {
        throw new RequestException(
            ErrorCode.INTERNAL, "revocation: done, but forgotten at a restart (expected: on disk)");
      }
      if (!told) {
        throw new RequestException(
            ErrorCode.INTERNAL,
            "revocation: done, but at this server only until Redis answers (expected: at all)");
      }
      return result;
    }
  }

  private Done add(Revocation revocation, String by) {
    List<Revocation> before = revocations.all();
    if (!revocations.add(revocation)) {
      metrics.count(Counter.LIMIT_REVOCATIONS);
      Audit.record("revoke", by, revocation.line(), "refused, no room");
      throw new RequestException(
          ErrorCode.UNAVAILABLE,
          "revocations: too many (expected: <= auth.revocation_entries; take some back)");
    }
    CompletionStage<Boolean> others =
        shared.put(revocation.id(), revocation.line().getBytes(UTF_8));
    for (Revocation needless : before) {
      if (!revocations.all().contains(needless)) {
        var _ = shared.remove(needless.id());
      }
    }
    return new Done(save(), others);
  }

  private static int recorded(Revocation revocation, String by, int closed, boolean saved) {
    Audit.record(
        "revoke", by, revocation.line(), "closed " + closed + (saved ? "" : ", not saved"));
    return closed;
  }

  /// Takes a revocation back.
  ///
  /// @return null when there was none of that id; fails as [#revoke] does
  public CompletionStage<@Nullable Revocation> takeBack(String id, String by) {
    return later(() -> remove(id, by))
        .thenCompose(gone -> gone.done().others().thenApply(told -> gone.confirm(told)));
  }

  private record Gone(@Nullable Revocation what, Done done) {
    @Nullable Revocation confirm(boolean told) {
      return done.confirm(told, what);
    }
  }

  private Gone remove(String id, String by) {
    Revocation removed = revocations.remove(id);
    boolean saved = removed == null || save();
    Audit.record(
        "unrevoke",
        by,
        removed == null ? "unknown" : removed.line(),
        removed == null ? "not found" : saved ? DONE : NOT_SAVED);
    return new Gone(removed, new Done(saved, shared.remove(id)));
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
