package io.pushrod.server.surface.socketio;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.TopicLog;

/// Renders events of topics as the arguments of a Socket.IO event.
///
/// Readers of one shard that name the same renderer share what it rendered, so it should be one
/// object for all whose events look alike.
///
/// **Thread:** the shards of its readers, so it holds nothing that changes unless it is of one
/// shard.
@FunctionalInterface
public interface SocketIoRenderer {
  /// Appends the event's name as a JSON string, and behind each comma an argument as JSON:
  /// `"name",{"a":1}`. One that appends nothing leaves the event out.
  ///
  /// @param sequence of the event, or [io.pushrod.server.session.EventFormat#NO_SEQUENCE]
  /// @param source holds the native event's JSON at `[offset, offset + length)`
  void append(ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length);
}
