package io.pushrod.server.run;

import io.pushrod.server.run.DeskMessage.Reply;
import io.pushrod.server.run.DeskMessage.Wish;
import io.pushrod.server.run.wire.Sent;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A wish whose answer is not there yet.
///
/// **Thread:** the clerk's.
final class PendingAsk {
  final long id;
  final String tenant;
  final Wish wish;
  final Consumer<Reply> answer;
  final long dueNanos;

  /// Which server was asked; null while it waits to be known.
  @Nullable String node;

  @Nullable Sent sent;

  PendingAsk(long id, String tenant, Wish wish, Consumer<Reply> answer, long dueNanos) {
    this.id = id;
    this.tenant = tenant;
    this.wish = wish;
    this.answer = answer;
    this.dueNanos = dueNanos;
  }

  /// Whether asking twice does no more than asking once.
  boolean isRepeatable() {
    return switch (wish) {
      case Wish.Start start -> start.idempotencyKey() != null;
      case Wish.Send _ -> false;
      case Wish.Cancel _, Wish.Kill _ -> true;
    };
  }

  /// It is not to happen any more, if it has not yet.
  void withdraw() {
    if (sent != null) {
      sent.withdraw();
      sent = null;
    }
  }
}
