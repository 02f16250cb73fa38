package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;

/// What a desk says to a wish.
public sealed interface RunAnswer {
  /// @param fresh whether the wish made it, not an earlier one with the same idempotency key
  record Done(RunView run, boolean fresh) implements RunAnswer {}

  /// @param retryAfterMillis 0 for no advice
  record Refused(ErrorCode code, String message, long retryAfterMillis) implements RunAnswer {}
}
