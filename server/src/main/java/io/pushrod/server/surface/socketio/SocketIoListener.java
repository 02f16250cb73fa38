package io.pushrod.server.surface.socketio;

import io.pushrod.codec.CloseReason;

/// Hears what becomes of one socket.
///
/// **Thread:** the socket's shard.
public interface SocketIoListener {
  /// The client has been told that it joined; what is emitted from here on reaches it.
  ///
  /// @param recovered whether it is one that was here before, whose subscriptions go on already
  void onConnected(SocketIoSocket socket, boolean recovered);

  /// The client emitted an event.
  void onEvent(SocketIoEvent event);

  /// What there is to say beside events, in the words of the native dialect:
  /// `{"op":"unsubscribed",…}` when a subscription was taken away, `{"op":"token_expiring",…}`
  /// before the identity ends.
  default void onControl(String json) {}

  /// We are about to end the socket; what is emitted here is the last that it gets.
  default void onClosing(CloseReason reason) {}

  /// The socket is gone.
  default void onDisconnected() {}
}
