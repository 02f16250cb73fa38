package io.pushrod.server.surface.northstar;

/// A request or a socket is refused in Northstar's words. Carries no stack.
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Envelope envelope;

  Refusal(Envelope envelope) {
    super(envelope.code(), null, false, false);
    this.envelope = envelope;
  }

  Envelope envelope() {
    return envelope;
  }
}
