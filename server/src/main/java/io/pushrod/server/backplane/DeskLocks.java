package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.ScriptOutputType;
import io.pushrod.server.run.DeskLeases;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Desks' leases as keys of Redis that expire: `<node>|<fence>`.
///
/// **Thread:** any.
/* Fences come from Redis's clock, and are never below the last one, so that they go on rising when Redis forgets them. */
public final class DeskLocks implements DeskLeases {
  private static final String TAKE =
      """
      local by = redis.call('GET', KEYS[1])
      if by then
        return by
      end
      local t = redis.call('TIME')
      local fence = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
      local last = tonumber(redis.call('GET', KEYS[2]) or '0')
      if fence <= last then
        fence = last + 1
      end
      fence = string.format('%.0f', fence)
      redis.call('SET', KEYS[2], fence)
      by = ARGV[1] .. '|' .. fence
      redis.call('SET', KEYS[1], by, 'PX', ARGV[2])
      return by
      """;

  private static final String RENEW =
      """
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then
        return 0
      end
      return redis.call('PEXPIRE', KEYS[1], ARGV[2])
      """;

  private static final String RELEASE =
      """
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then
        return 0
      end
      return redis.call('DEL', KEYS[1])
      """;

  private final RedisLink link;
  private final long ttlMillis;

  /// @param ttlMillis for which a server that is silent keeps its desks
  public DeskLocks(RedisLink link, long ttlMillis) {
    this.link = link;
    this.ttlMillis = ttlMillis;
  }

  static byte[] key(RedisLink link, String tenant) {
    return link.key("desk", tenant).getBytes(UTF_8);
  }

  /// Who has it, as its key says.
  static String owner(RedisLink link, long fence) {
    return link.nodeId() + '|' + fence;
  }

  private byte[] ttl() {
    return Long.toString(ttlMillis).getBytes(UTF_8);
  }

  @Override
  public CompletionStage<Holding> take(String tenant) {
    return Scripts.<byte[]>eval(
            link,
            TAKE,
            ScriptOutputType.VALUE,
            List.of(key(link, tenant), link.key("desk-fence", tenant).getBytes(UTF_8)),
            link.nodeId().getBytes(UTF_8),
            ttl())
        .thenApply(DeskLocks::read);
  }

  private static Holding read(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    int mark = text.lastIndexOf('|');
    return new Holding(text.substring(0, mark), Long.parseLong(text.substring(mark + 1)));
  }

  @Override
  public CompletionStage<@Nullable Holding> look(String tenant) {
    return Scripts.<byte @Nullable []>eval(
            link,
            "return redis.call('GET', KEYS[1])",
            ScriptOutputType.VALUE,
            List.of(key(link, tenant)))
        .thenApply(bytes -> bytes == null ? null : read(bytes));
  }

  @Override
  public CompletionStage<Boolean> renew(String tenant, long fence) {
    return Scripts.<Long>eval(
            link,
            RENEW,
            ScriptOutputType.INTEGER,
            List.of(key(link, tenant)),
            owner(link, fence).getBytes(UTF_8),
            ttl())
        .thenApply(done -> done == 1);
  }

  @Override
  public CompletionStage<Void> release(String tenant, long fence) {
    return Scripts.<Long>eval(
            link,
            RELEASE,
            ScriptOutputType.INTEGER,
            List.of(key(link, tenant)),
            owner(link, fence).getBytes(UTF_8))
        .thenAccept(_ -> {});
  }

  @Override
  public long ttlMillis() {
    return ttlMillis;
  }
}
