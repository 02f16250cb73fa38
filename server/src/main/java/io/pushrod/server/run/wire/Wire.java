package io.pushrod.server.run.wire;

import java.util.Set;

/// Carries bytes between servers, each at most once if it must be told: what is lost, doubled or
/// late is put right by [NodeLinks].
///
/// **Thread:** any.
public interface Wire {
  /// This server; another name in each process.
  String node();

  /// All servers that are there, this one with them.
  Set<String> nodes();

  void send(String node, byte[] message);

  /// Tells `listener` of everything from now on. To be called once.
  void listen(Listener listener);

  /// **Thread:** any.
  interface Listener {
    void onMessage(String from, byte[] message);

    /// @param nodes all that are there now
    void onNodes(Set<String> nodes);

    /// The broker was away, and messages may be lost.
    void onReconnected();
  }
}
