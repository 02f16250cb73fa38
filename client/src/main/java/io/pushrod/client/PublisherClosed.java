package io.pushrod.client;

import io.pushrod.codec.CloseReason;
import org.jspecify.annotations.Nullable;

/// The publisher has ended. What it had not settled may or may not have been stored. Carries no
/// stack.
public final class PublisherClosed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable CloseReason reason;

  PublisherClosed(@Nullable CloseReason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /// Why; `NORMAL` after [Publisher#close()], null for a code that this client does not know.
  public @Nullable CloseReason reason() {
    return reason;
  }
}
