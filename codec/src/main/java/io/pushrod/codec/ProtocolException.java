package io.pushrod.codec;

/// A peer broke a protocol. Carries no stack: it is an outcome of input, caught in one place per
/// transport.
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final CloseReason reason;

  /// @param message for the peer and the debug log, in the form `name: value (expected: …)`; holds
  ///   no payload
  public ProtocolException(CloseReason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  public CloseReason reason() {
    return reason;
  }
}
