package io.pushrod.server.transport.socketio;

import io.pushrod.server.surface.socketio.SocketIoRenderer;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/// Finds the format that all readers of a shard share whose events are rendered alike. A renderer
/// that only one socket uses goes with it.
///
/// **Thread:** its shard.
final class SocketFormats {
  private final Map<String, Map<SocketIoRenderer, WeakReference<SocketFormat>>> byNamespace =
      new HashMap<>();

  SocketFormat of(String namespace, SocketIoRenderer renderer, boolean recovers) {
    Map<SocketIoRenderer, WeakReference<SocketFormat>> formats =
        byNamespace.computeIfAbsent(namespace, _ -> new WeakHashMap<>());
    WeakReference<SocketFormat> kept = formats.get(renderer);
    @Nullable SocketFormat known = kept == null ? null : kept.get();
    if (known == null) {
      known = new SocketFormat(namespace, renderer, recovers);
      formats.put(renderer, new WeakReference<>(known));
    }
    return known;
  }
}
