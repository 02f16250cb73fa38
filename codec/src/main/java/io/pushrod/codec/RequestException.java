package io.pushrod.codec;

/// One command, request or publication cannot be done; its sender is told and the connection lives
/// on. Carries no stack.
public final class RequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /// @param message for the sender, in the form `name: value (expected: …)`
  public RequestException(ErrorCode code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }
}
