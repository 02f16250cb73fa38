package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.ScriptOutputType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What Redis knows of the servers: when each was heard of last, and whose lives are over.
///
/// A server has one life after the other: `<node>~<number>`. When others have buried one, what it
/// left is cleared away, and the server, if it is there after all, begins the next.
///
/// **Thread:** any.
final class Heartbeat {
  private static final String BEAT =
      """
      local t = redis.call('TIME')
      local now = t[1] * 1000 + math.floor(t[2] / 1000)
      if ARGV[2] == '1' and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
        return {0}
      end
      redis.call('ZADD', KEYS[1], now, ARGV[1])
      if ARGV[4] == '1' then
        local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]) - 1)
        for _, life in ipairs(old) do
          redis.call('ZREM', KEYS[1], life)
          redis.call('ZADD', KEYS[2], now, life)
        end
      end
      local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 16)
      local out = {1, #over}
      for _, life in ipairs(over) do
        out[#out + 1] = life
      end
      local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
      for i = 1, #all, 2 do
        out[#out + 1] = all[i]
        out[#out + 1] = now - tonumber(all[i + 1])
      end
      return out
      """;

  private static final String END =
      """
      local t = redis.call('TIME')
      redis.call('ZREM', KEYS[1], ARGV[1])
      redis.call('ZADD', KEYS[2], t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[2], ARGV[1])
      return 1
      """;

  /// What a heartbeat found.
  ///
  /// @param ages nanoseconds since each node was heard of
  /// @param over lives that ended, whose remains are still there
  record Beat(Map<String, Long> ages, List<String> over) {}

  private final RedisLink link;
  private final byte[] alive;
  private final byte[] over;
  private final byte[] ttlMillis;

  Heartbeat(RedisLink link, long ttlMillis) {
    this.link = link;
    this.alive = link.key("alive", "nodes").getBytes(UTF_8);
    this.over = link.key("over", "nodes").getBytes(UTF_8);
    this.ttlMillis = text(Long.toString(ttlMillis));
  }

  static String node(String life) {
    int mark = life.lastIndexOf('~');
    return mark < 0 ? life : life.substring(0, mark);
  }

  /// Says that this server is there.
  ///
  /// @param goesOn whether Redis was told of this life before
  /// @param bury whether lives that were silent for too long have ended
  /// @return null when this life was ended by others
  CompletionStage<@Nullable Beat> beat(String life, boolean goesOn, boolean bury) {
    return Scripts.eval(
            link,
            BEAT,
            ScriptOutputType.MULTI,
            List.of(alive, over),
            text(life),
            text(goesOn ? "1" : "0"),
            ttlMillis,
            text(bury ? "1" : "0"))
        .thenApply(reply -> read((List<?>) reply));
  }

  private static @Nullable Beat read(List<?> reply) {
    if ((Long) reply.getFirst() == 0) {
      return null;
    }
    int ended = Math.toIntExact((Long) reply.get(1));
    List<String> over = new ArrayList<>(ended);
    for (int i = 0; i < ended; i++) {
      over.add(text(reply.get(2 + i)));
    }
    Map<String, Long> ages = new HashMap<>();
    for (int i = 2 + ended; i + 1 < reply.size(); i += 2) {
      long age = TimeUnit.MILLISECONDS.toNanos((Long) reply.get(i + 1));
      ages.merge(node(text(reply.get(i))), age, Math::min);
    }
    return new Beat(ages, over);
  }

  /// Ends a life.
  ///
  /// @param afterMillis when its remains are to be cleared away
  CompletionStage<?> end(String life, long afterMillis) {
    return Scripts.eval(
        link,
        END,
        ScriptOutputType.INTEGER,
        List.of(alive, over),
        text(life),
        text(Long.toString(afterMillis)));
  }

  /// The remains of a life are cleared away.
  CompletionStage<?> cleared(String life) {
    try {
      return link.commands().zrem(over, text(life));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, US_ASCII);
  }
}
