package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.storage.RecordTable;
import io.pushrod.server.storage.RecordTable.Kept;
import io.pushrod.server.surface.kdcube.SendRate.Limit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// How many messages each session of a deployment sends.
///
/// **Thread:** any.
final class SendRates {
  /// Messages of one session that arrive together, and of which each is counted by itself.
  private static final int TRIES = 256;

  private final RecordTable table;

  SendRates(RecordTable table) {
    this.table = table;
  }

  /// Counts a message of a session if it may be sent.
  ///
  /// @return 0, or after how many seconds to try again; fails when that cannot be known
  CompletionStage<Integer> take(String sessionId, Limit limit, long nowMillis) {
    return limit.isNone()
        ? CompletableFuture.completedFuture(0)
        : table
            .find(sessionId)
            .thenCompose(found -> take(sessionId, found, limit, nowMillis, TRIES));
  }

  private CompletionStage<Integer> take(
      String sessionId, @Nullable Kept found, Limit limit, long nowMillis, int tries) {
    SendRate rate = found == null ? new SendRate() : SendRate.of(found.value());
    int wait = rate.take(limit, nowMillis);
    if (wait > 0) {
      return CompletableFuture.completedFuture(wait);
    }
    if (tries == 0) {
      return CompletableFuture.failedFuture(
          new RequestException(ErrorCode.UNAVAILABLE, "messages: too many at once"));
    }
    return table
        .swap(found == null ? null : found.value(), new Kept(sessionId, "", 0, rate.bytes()))
        .thenCompose(
            swapped ->
                swapped.done()
                    ? CompletableFuture.completedFuture(0)
                    : take(sessionId, swapped.now(), limit, nowMillis, tries - 1));
  }
}
