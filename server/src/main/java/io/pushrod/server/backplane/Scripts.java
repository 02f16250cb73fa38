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

  /// As [#eval], for what may not be lost in a failover: replicas have it when the answer comes. A
  /// failure does not say that it was not done.
  static CompletionStage<Long> evalSafely(
      RedisLink link, String script, List<byte[]> keys, byte[]... values) {
    if (link.config().waitReplicas() == 0) {
      return Scripts.<Long>eval(link, script, ScriptOutputType.INTEGER, keys, values);
    }
    byte[][] all = keys.toArray(byte[][]::new);
    try {
      return link.serverOf(all[0], 0)
          .thenCompose(
              commands ->
                  Replication.of(
                      link.config(),
                      commands,
                      commands.<Long>eval(script, ScriptOutputType.INTEGER, all, values)));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
