package io.pushrod.server.surface.socketio;

import io.pushrod.server.session.Identity;

/// Serves one namespace.
///
/// **Thread:** called on the shards; shared by all of them.
public interface SocketIoApp {
  /// A client asks to join. Exactly one method of `admission` is to be called, here or later, on
  /// any thread.
  void connect(SocketIoHandshake handshake, Admission admission);

  /// Whether clients get back what they missed, by an offset behind the arguments of every event.
  default boolean recovers() {
    return false;
  }

  /// Whether a client that comes back may still read a topic that it read before.
  default boolean mayStillRead(Identity who, String topic) {
    return true;
  }

  /// The answer to who asks to join. The first call counts.
  ///
  /// **Thread:** any.
  interface Admission {
    /// @param who what the socket may do and how it is counted; its connection is closed when that
    ///   identity expires or is revoked
    /// @param listener of this socket alone
    void accept(Identity who, SocketIoListener listener);

    /// @param message what the client is told; holds no secret
    void refuse(String message);
  }
}
