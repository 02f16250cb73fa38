package io.pushrod.server.run.wire;

/// A message on its way over a link.
///
/// **Thread:** the link's.
public interface Sent {
  /// It is not to be heard any more, if it was not yet.
  void withdraw();
}
