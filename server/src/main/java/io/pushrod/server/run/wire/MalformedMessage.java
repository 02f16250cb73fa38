package io.pushrod.server.run.wire;

/// A message is not what its codec writes.
public final class MalformedMessage extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MalformedMessage(String what) {
    super(what, null, false, false);
  }
}
