package io.pushrod.server.transport.websocket;

import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.session.EventFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Finds the format for a WebSocket in another vocabulary: one a shard for all that have the same
/// frames and vocabulary, so that they share what is rendered.
///
/// **Thread:** each shard its own formats.
final class RenderedTextFormats {
  private record Key(EventFormat frames, Object vocabulary, boolean joined) {}

  private final List<Map<Key, EventFormat>> formats = new ArrayList<>();

  RenderedTextFormats(int shards) {
    for (int i = 0; i < shards; i++) {
      formats.add(new HashMap<>());
    }
  }

  /// @param vocabulary equal for renderers that render alike
  /// @param joined whether one frame carries all events that are read at once
  /// @param renderer asked once for each shard, kind of frames and vocabulary
  EventFormat of(
      int shard,
      EventFormat frames,
      Object vocabulary,
      boolean joined,
      Supplier<? extends EventRenderer> renderer) {
    return formats
        .get(shard)
        .computeIfAbsent(
            new Key(frames, vocabulary, joined), _ -> make(frames, joined, renderer.get()));
  }

  /// Makes a format that nobody shares.
  static EventFormat make(EventFormat frames, boolean joined, EventRenderer renderer) {
    return joined
        ? new ArrayTextFormat(frames, renderer)
        : new RenderedTextFormat(frames, renderer);
  }
}
