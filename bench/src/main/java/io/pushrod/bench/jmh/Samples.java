package io.pushrod.bench.jmh;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.codec.EventClass;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.SocketWriter;
import java.util.Map;

/// What benchmarks are fed with: token chunks of one run, each an event of [#EVENT_BYTES] bytes, in
/// logs as the default configuration makes them.
public final class Samples {
  /// Of an event's JSON when its sequence has four digits.
  public static final int EVENT_BYTES = 200;

  /// Bytes of the payload that make it so.
  public static final int PAYLOAD_BYTES = 53;

  public static final String TENANT = "acme";
  public static final String TOPIC = "thread/42";
  public static final String TYPE = "token_chunk";

  /// 2026, as the server's clock would give it.
  public static final long NOW_MILLIS = 1_795_241_760_123L;

  private static final byte[] IDS = ",\"run_id\":\"r1\"".getBytes(US_ASCII);
  private static final ServerConfig CONFIG = ServerConfig.defaults(true);

  private Samples() {}

  /// Off-heap memory that nobody tracks: leak detection would be measured with it.
  public static ByteBufAllocator allocator() {
    return new UnpooledByteBufAllocator(true, true);
  }

  public static byte[] payload() {
    String start = "{\"text\":\"";
    return (start + "x".repeat(PAYLOAD_BYTES - start.length() - 2) + "\"}").getBytes(US_ASCII);
  }

  public static EventType type() {
    return new EventTypes(Map.of(TYPE, EventClass.DELTA)).of(TYPE, null);
  }

  public static TopicKey key() {
    return new TopicKey(TENANT, TOPIC);
  }

  /// One event without a producer's sequence. Its source is memory of the collector's, to be read
  /// as often as wanted.
  public static Publication publication() {
    ByteBuf source = Unpooled.wrappedBuffer(payload());
    TopicKey[] topics = {key()};
    return new Publication(topics, type(), IDS, 0, 0, source, 0, source.readableBytes());
  }

  public static Retention retention() {
    ServerConfig.Retention of = CONFIG.retention();
    return new Retention(of.bytes(), of.events(), of.ageMillis(), of.lifecycleBytes());
  }

  public static TopicLog log(Retention retention) {
    return new TopicLog(
        key(),
        1L << 40,
        new LogContext(
            allocator(), retention, "prod", CONFIG.limits().producersPerTopic(), Unheard.INSTANCE));
  }

  /// A log of so many events.
  public static TopicLog log(int events) {
    TopicLog log = log(retention());
    Publication publication = publication();
    for (int i = 0; i < events; i++) {
      log.append(publication, null, NOW_MILLIS);
    }
    return log;
  }

  public static HubSettings hubSettings(SocketWriter writer) {
    return new HubSettings(
        retention(),
        "prod",
        CONFIG.limits().producersPerTopic(),
        CONFIG.limits().inboxEntries(),
        CONFIG.limits().outboxEntries(),
        CONFIG.limits().outboxBytes(),
        CONFIG.fold().thresholdBytes(),
        CONFIG.timeouts().writeProgressNanos(),
        writer,
        Readership.NONE);
  }

  private enum Unheard implements LogContext.LogEvents {
    INSTANCE;

    @Override
    public void onDuplicate() {}

    @Override
    public void onTrimmed(long events) {}
  }
}
