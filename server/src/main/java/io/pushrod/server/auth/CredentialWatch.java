package io.pushrod.server.auth;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.CommonRules.Done;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Identity;
import io.pushrod.server.storage.SharedRecords;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
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
  private final CommonRules rules;
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
    this.rules =
        new CommonRules(
            new CommonRules.Name("revocation", "revocations"),
            thread,
            shared,
            revocations::save,
            metrics);
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
    watch.rules.begin(watch.revocations.records(), watch.new Others());
    var _ =
        watch.thread.scheduleWithFixedDelay(
            watch::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    return watch;
  }

  /// What other servers do.
  private final class Others implements CommonRules.Others {
    @Override
    public void onPut(String line) {
      Revocation theirs = Revocation.parse(line);
      if (theirs.expiresAtMillis() > nowMillis.getAsLong() && revocations.adopt(theirs)) {
        metrics.count(Counter.CLUSTER_REVOCATIONS);
        boolean saved = rules.save();
        var _ =
            connections
                .close(theirs::covers, CloseReason.TOKEN_REVOKED)
                .thenAccept(count -> recorded(theirs, ANOTHER, count, saved));
      }
    }

    @Override
    public void onRemove(String key) {
      Revocation removed = revocations.remove(key);
      if (removed != null) {
        metrics.count(Counter.CLUSTER_REVOCATIONS);
        Audit.record("unrevoke", ANOTHER, removed.line(), rules.save() ? DONE : NOT_SAVED);
      }
    }
  }

  private void look() {
    try {
      refreshKeys();
      List<Revocation> expired = revocations.forgetExpired(nowMillis.getAsLong());
      if (!expired.isEmpty()) {
        expired.forEach(each -> rules.remove(each.id()));
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
    return rules
        .later(() -> add(revocation, by))
        .thenCompose(
            done ->
                connections
                    .close(revocation::covers, CloseReason.TOKEN_REVOKED)
                    .thenApply(count -> recorded(revocation, by, count, done.saved()))
                    .thenCombine(rules.confirmed(done), (count, _) -> count));
  }

  private Done<Revocation> add(Revocation revocation, String by) {
    List<Revocation> before = revocations.all();
    if (!revocations.add(revocation)) {
      metrics.count(Counter.LIMIT_REVOCATIONS);
      Audit.record("revoke", by, revocation.line(), "refused, no room");
      throw new RequestException(
          ErrorCode.UNAVAILABLE,
          "revocations: too many (expected: <= auth.revocation_entries; take some back)");
    }
    CompletionStage<Boolean> others = rules.put(revocation.id(), revocation.line());
    for (Revocation needless : before) {
      if (!revocations.all().contains(needless)) {
        var _ = rules.remove(needless.id());
      }
    }
    return new Done<>(revocation, rules.save(), others);
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
    return rules.later(() -> remove(id, by)).thenCompose(rules::confirmed);
  }

  private Done<@Nullable Revocation> remove(String id, String by) {
    @Nullable Revocation removed = revocations.remove(id);
    boolean saved = removed == null || rules.save();
    Audit.record(
        "unrevoke",
        by,
        removed == null ? "unknown" : removed.line(),
        removed == null ? "not found" : saved ? DONE : NOT_SAVED);
    return new Done<@Nullable Revocation>(removed, saved, rules.remove(id));
  }

  @Override
  public void close() {
    rules.close();
  }
}
