package io.pushrod.server.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.codec.EventClass;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One log under test, with a clock that stands still and memory that is counted.
public final class LogFixture implements LogContext.LogEvents {
  public static final TopicKey KEY = new TopicKey("acme", "thread/42");

  /// `1z` in text.
  public static final long EPOCH = 71;

  /// The types of the catalogue, and two more.
  public static final EventTypes TYPES = types();

  public static final Retention AMPLE = new Retention(1 << 30, 1 << 30, 1L << 40, 1 << 16);

  public final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  public final LogContext context;
  public final TopicLog log;
  public long nowMillis = 1_795_241_760_123L;
  public long duplicates;
  public long trimmed;

  private static EventTypes types() {
    Map<String, EventClass> classes = new HashMap<>(ServerConfig.defaults(true).events().classes());
    classes.put("thought_chunk", EventClass.DELTA);
    classes.put("board", EventClass.STATE);
    return new EventTypes(classes);
  }

  public LogFixture(Retention retention) {
    this(retention, 8);
  }

  public LogFixture(Retention retention, int producers) {
    context = new LogContext(memory, retention, "prod", producers, this);
    log = new TopicLog(KEY, EPOCH, context);
  }

  @Override
  public void onDuplicate() {
    duplicates++;
  }

  @Override
  public void onTrimmed(long events) {
    trimmed += events;
  }

  public long append(String type, String data) {
    return append(type, "", data);
  }

  /// @param ids as in [Publication]
  public long append(String type, String ids, String data) {
    return log.append(publication(KEY, type, ids, 0, data), null, nowMillis);
  }

  public long append(Producer producer, long producerSequence, String data) {
    return log.append(publication(KEY, "note", "", producerSequence, data), producer, nowMillis);
  }

  public static Publication publication(TopicKey key, String type, String data) {
    return publication(key, type, "", 0, data);
  }

  public static Publication publication(TopicKey[] keys, String type, String data) {
    return publication(keys, type, "", 0, data);
  }

  private static Publication publication(
      TopicKey key, String type, String ids, long producerSequence, String data) {
    return publication(new TopicKey[] {key}, type, ids, producerSequence, data);
  }

  private static Publication publication(
      TopicKey[] keys, String type, String ids, long producerSequence, String data) {
    byte[] bytes = data.getBytes(UTF_8);
    return new Publication(
        keys,
        TYPES.of(type, null),
        ids.getBytes(UTF_8),
        0,
        producerSequence,
        Unpooled.wrappedBuffer(bytes),
        0,
        bytes.length);
  }

  /// The JSON of all that is retained.
  public List<String> events() {
    List<String> events = new ArrayList<>();
    for (long s = log.firstSequence(); s <= log.lastSequence(); s++) {
      events.add(json(s));
    }
    return events;
  }

  public String json(long sequence) {
    ByteBuf frame = Unpooled.wrappedBuffer(frame(sequence));
    int header = FrameLayout.headerLength(frame, 0);
    return frame.toString(header, frame.readableBytes() - header, UTF_8);
  }

  /// The bytes as stored.
  public byte[] frame(long sequence) {
    Segment segment = acquire(sequence);
    try {
      int index = (int) (sequence - segment.firstSequence());
      byte[] frame = new byte[segment.endOf(index) - segment.start(index)];
      segment.bytes().getBytes(segment.start(index), frame);
      return frame;
    } finally {
      segment.release();
    }
  }

  /// Bytes of off-heap memory in use.
  public long usedBytes() {
    return memory.metric().usedDirectMemory();
  }

  /// The segment of a retained event, with a reference.
  public Segment acquire(long sequence) {
    Segment segment = log.acquire(sequence);
    if (segment == null) {
      throw new AssertionError("sequence: " + sequence + " (expected: retained)");
    }
    return segment;
  }
}
