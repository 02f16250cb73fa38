package io.pushrod.server.transport.socketio;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.socketio.SocketIoRenderer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is kept of a socket whose connection was lost.
///
/// @param pid what its client names to get it back
/// @param topics what it read
record LostSocket(
    String pid,
    String sid,
    String namespace,
    String tenant,
    String user,
    List<Topic> topics,
    long expiresMillis) {
  LostSocket {
    topics = List.copyOf(topics);
  }

  /// One subscription.
  ///
  /// @param begun where it began to read, for a client that got none of its events; null when it
  ///   had not begun
  /// @param start where it asked to begin
  record Topic(
      String name,
      EventFilter filter,
      OverflowPolicy policy,
      SocketIoRenderer renderer,
      @Nullable Cursor begun,
      StartPoint start) {}

  boolean isOf(String in, Identity who) {
    return namespace.equals(in) && tenant.equals(who.tenant()) && user.equals(who.user());
  }
}
