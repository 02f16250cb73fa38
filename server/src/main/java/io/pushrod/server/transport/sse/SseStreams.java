package io.pushrod.server.transport.sse;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The open streams by name, so that a POST on any loop finds its sibling.
///
/// **Thread:** any. One map operation at the begin and the end of a stream, and one a command.
final class SseStreams {
  private final Map<String, SseConnection> streams = new ConcurrentHashMap<>();

  void add(SseConnection connection) {
    streams.put(connection.id(), connection);
  }

  void remove(SseConnection connection) {
    streams.remove(connection.id(), connection);
  }

  @Nullable SseConnection find(String id) {
    return streams.get(id);
  }
}
