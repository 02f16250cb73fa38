package io.pushrod.server.session;

/// Knows where readers are that it moves together.
public interface CursorSource {
  /// The last sequence that the reader in `slot` got.
  long cursorOf(int slot);
}
