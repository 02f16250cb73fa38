package io.pushrod.server.transport.sse;

import io.pushrod.server.dialect.EventRenderer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Finds the format for a stream in another vocabulary: one a shard for all that have the same form
/// and vocabulary, so that they share what is rendered.
///
/// **Thread:** each shard its own formats.
final class RenderedEventFormats {
  private record Key(SseFormat form, Object vocabulary) {}

  private final List<Map<Key, RenderedEventFormat>> formats = new ArrayList<>();

  RenderedEventFormats(int shards) {
    for (int i = 0; i < shards; i++) {
      formats.add(new HashMap<>());
    }
  }

  /// @param vocabulary equal for renderers that render alike
  /// @param renderer asked once for each shard, form and vocabulary
  RenderedEventFormat of(
      int shard, SseFormat form, Object vocabulary, Supplier<? extends EventRenderer> renderer) {
    return formats
        .get(shard)
        .computeIfAbsent(
            new Key(form, vocabulary), key -> new RenderedEventFormat(key.form(), renderer.get()));
  }
}
