package io.pushrod.server.cli;

/// A command cannot do what it was asked for; the message is one line for whoever typed it.
final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailed(String message) {
    super(message, null, false, false);
  }
}
