package io.pushrod.server.backplane;

import io.lettuce.core.ScriptOutputType;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Runs Lua scripts that are small and seldom, as text.
///
/// **Thread:** any.
final class Scripts {
  private Scripts() {}

  /// @param keys in one hash slot
  /// @return fails when Redis does not answer, or not so
  static <T extends @Nullable Object> CompletionStage<T> eval(
      RedisLink link, String script, ScriptOutputType output, List<byte[]> keys, byte[]... values) {
    try {
      return link.commands().eval(script, output, keys.toArray(byte[][]::new), values);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
