package io.pushrod.client;

import io.pushrod.codec.ErrorCode;

/// One publication was refused; those before and after it stand. Carries no stack.
public final class PublishRejected extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final int retryAfterMillis;

  public PublishRejected(ErrorCode code, int retryAfterMillis, String message) {
    super(code.label() + ": " + message, null, false, false);
    this.code = code;
    this.retryAfterMillis = retryAfterMillis;
  }

  public ErrorCode code() {
    return code;
  }

  /// When publishing it again may succeed; 0 for no advice.
  public int retryAfterMillis() {
    return retryAfterMillis;
  }
}
