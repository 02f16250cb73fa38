package io.pushrod.server.storage.disk;

/// The folder cannot be used; the message is one line for the operator.
public final class DiskException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DiskException(String message) {
    super(message, null, false, false);
  }
}
