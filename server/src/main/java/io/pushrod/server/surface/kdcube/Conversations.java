package io.pushrod.server.surface.kdcube;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.storage.RecordTable;
import io.pushrod.server.storage.RecordTable.Kept;
import io.pushrod.server.storage.RecordTable.Swapped;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The conversations of a deployment.
///
/// **Thread:** any; answers come on any thread.
final class Conversations {
  /// Changes of one conversation that are made together, each of which gets its turn.
  private static final int TRIES = 64;

  /// A conversation. The same id is another conversation for another owner.
  record Key(String tenant, String owner, String conversationId) {
    String name() {
      return Names.of(tenant, owner, conversationId);
    }
  }

  /// How a conversation was found.
  ///
  /// @param stored as the store has it
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Known(Standing standing, byte[] stored) {
    static @Nullable Known of(@Nullable Kept kept) {
      return kept == null ? null : new Known(Standing.of(kept.value()), kept.value());
    }

    private static Known of(Standing standing) {
      return new Known(standing, standing.bytes());
    }

    boolean isBusy() {
      return standing.isBusy();
    }
  }

  private final RecordTable table;

  Conversations(RecordTable table) {
    this.table = table;
  }

  CompletionStage<@Nullable Known> find(Key key) {
    return table.find(key.name()).<@Nullable Known>thenApply(Known::of);
  }

  /// Begins a turn, as long as the conversation is as it was found.
  ///
  /// @param seen null for a new one
  /// @return false when it changed since
  CompletionStage<Boolean> begin(Key key, @Nullable Known seen, Standing turn, Moment now) {
    return table
        .swap(seen == null ? null : seen.stored(), kept(key, Known.of(turn)))
        .thenApplyAsync(
            swapped -> {
              now.metrics().count(Counter.LIMIT_SURFACE_CONVERSATIONS, swapped.forgotten());
              return swapped.done() || isOf(swapped, turn);
            },
            now.shard());
  }

  /// Whether it was begun, and the answer lost, and it changed since.
  private static boolean isOf(Swapped swapped, Standing turn) {
    Known now = Known.of(swapped.now());
    return now != null && now.standing().claim().equals(turn.claim());
  }

  /// Changes a conversation if its last turn still is that of this claim.
  ///
  /// @param claim null for whichever
  /// @return how it is then, changed or not; null for none
  CompletionStage<@Nullable Known> update(
      Key key, @Nullable String claim, UnaryOperator<Standing> change) {
    return find(key).thenCompose(known -> update(key, claim, change, known, TRIES));
  }

  private CompletionStage<@Nullable Known> update(
      Key key,
      @Nullable String claim,
      UnaryOperator<Standing> change,
      @Nullable Known known,
      int tries) {
    if (known == null || (claim != null && !known.standing().claim().equals(claim))) {
      return CompletableFuture.<@Nullable Known>completedFuture(known);
    }
    Standing changed = change.apply(known.standing());
    if (changed.equals(known.standing())) {
      return CompletableFuture.<@Nullable Known>completedFuture(known);
    }
    if (tries == 0) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("conversation: changed again and again (expected: seldom)"));
    }
    Known next = Known.of(changed);
    return table
        .swap(known.stored(), kept(key, next))
        .thenCompose(
            swapped ->
                swapped.done()
                    ? CompletableFuture.<@Nullable Known>completedFuture(next)
                    : update(key, claim, change, Known.of(swapped.now()), tries - 1));
  }

  private static Kept kept(Key key, Known what) {
    return new Kept(key.name(), "", 0, what.stored());
  }
}
