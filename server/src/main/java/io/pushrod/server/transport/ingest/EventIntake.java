package io.pushrod.server.transport.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.ingest.PublishReader;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.guard.AuditTopics;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.DeclarationIntake;
import io.pushrod.server.surface.PublicationIntake;
import io.pushrod.server.surface.RunGate;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Turns the events of publish frames into publications, or says why not.
///
/// **Thread:** one connection.
final class EventIntake {
  private static final ByteBuf DECLARATION =
      Unpooled.unreleasableBuffer(
          Unpooled.copiedBuffer(TypeName.TOPIC_READERS, ISO_8859_1).asReadOnly());

  private static final IdField[] ID_FIELDS = IdField.values();

  private static final ByteBuf EMPTY_OBJECT =
      Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[] {'{', '}'}).asReadOnly());

  /// A name that was checked before: what it stands for, or why it is refused.
  private record Checked<T>(@Nullable T value, @Nullable RequestException refusal) {
    T orThrow() {
      if (refusal != null) {
        throw refusal;
      }
      if (value == null) {
        throw new IllegalStateException("checked: neither (expected: a value or a refusal)");
      }
      return value;
    }
  }

  private final int eventBytes;
  private final ByteCache<Checked<TopicKey>> topics;

  /// By class hint.
  private final List<ByteCache<Checked<EventType>>> types;

  private final ByteCache<Checked<byte[]>> ids;

  private final Greeted who;
  private final Identity identity;
  private final DeclarationIntake declarations;
  private final RunGate runs;
  private final EventSchemas schemas;

  EventIntake(
      Greeted who,
      EventTypes types,
      DeclarationIntake declarations,
      RunGate runs,
      EventSchemas schemas,
      int eventBytes) {
    this.who = who;
    this.identity = who.acting();
    this.declarations = declarations;
    this.runs = runs;
    this.schemas = schemas;
    this.eventBytes = eventBytes;
    this.topics = new ByteCache<>(bytes -> topic(identity, bytes));
    this.types =
        IntStream.rangeClosed(0, EventClass.values().length)
            .mapToObj(hint -> new ByteCache<>(bytes -> type(types, bytes, hint)))
            .toList();
    this.ids = new ByteCache<>(EventIntake::idFragment);
  }

  /// Checks the event that `reader` stands at.
  ///
  /// @param frame holds it, and must outlive the publication
  /// @throws RequestException if this event is refused
  Publication take(PublishReader reader, ByteBuf frame, ShardMetrics metrics) {
    if (reader.eventLength() > eventBytes) {
      throw new RequestException(
          ErrorCode.TOO_LARGE,
          "event: " + reader.eventLength() + " bytes (expected: <= " + eventBytes + ")");
    }
    if (isDeclaration(reader, frame)) {
      return declaration(reader, frame, metrics);
    }
    TopicKey[] keys = new TopicKey[reader.topicCount()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = topics.find(frame, reader.topicOffset(i), reader.topicLength(i)).orThrow();
      for (int before = 0; before < i; before++) {
        if (keys[before].equals(keys[i])) {
          throw twice();
        }
      }
    }
    EventType type =
        types
            .get(reader.classHint())
            .find(frame, reader.typeOffset(), reader.typeLength())
            .orThrow();
    checkRuns(keys, type, reader.sequence());
    byte[] fragment =
        reader.idsLength() == 0
            ? Publication.NO_IDS
            : ids.find(frame, reader.idsOffset(), reader.idsLength()).orThrow();
    ByteBuf source = frame;
    int offset = reader.payloadOffset();
    int length = reader.payloadLength();
    if (length == 0) {
      source = EMPTY_OBJECT;
      offset = 0;
      length = 2;
    } else if (!JsonScanner.check(frame, offset, length)) {
      source = Unpooled.buffer(length);
      JsonScanner.compact(frame, offset, length, source);
      offset = 0;
      length = source.readableBytes();
    }
    if (reader.sequence() > who.state().lastSequence()) {
      schemas.check(type.name(), source, offset, length, metrics);
    }
    return new Publication(
        keys, type, fragment, reader.timestampMillis(), reader.sequence(), source, offset, length);
  }

  /// What was taken before is not judged again: its run may have ended since, and what is published
  /// under an old sequence is not stored.
  private void checkRuns(TopicKey[] keys, EventType type, long sequence) {
    for (TopicKey key : keys) {
      if (key.name().startsWith(RunGate.RUNS) && sequence > who.state().lastSequence()) {
        runs.check(key, who.producer(), type.name());
      }
    }
  }

  private static boolean isDeclaration(PublishReader reader, ByteBuf frame) {
    return reader.typeLength() == DECLARATION.capacity()
        && ByteBufUtil.equals(DECLARATION, 0, frame, reader.typeOffset(), reader.typeLength());
  }

  private Publication declaration(PublishReader reader, ByteBuf frame, ShardMetrics metrics) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < reader.topicCount(); i++) {
      String name = frame.toString(reader.topicOffset(i), reader.topicLength(i), ISO_8859_1);
      if (!TopicName.isValid(name)) {
        throw badTopic();
      }
      if (names.contains(name)) {
        throw twice();
      }
      names.add(name);
    }
    boolean empty = reader.payloadLength() == 0;
    return declarations.take(
        identity,
        names,
        empty ? EMPTY_OBJECT : frame,
        empty ? 0 : reader.payloadOffset(),
        empty ? 2 : reader.payloadLength(),
        reader.sequence(),
        metrics);
  }

  private static RequestException badTopic() {
    return new RequestException(
        ErrorCode.BAD_TOPIC, "topic: invalid (expected: 1-255 of A-Z a-z 0-9 _ . : @ / -)");
  }

  private static RequestException twice() {
    return new RequestException(
        ErrorCode.BAD_TOPIC, "topics: one comes twice (expected: 1-8 that differ)");
  }

  private static Checked<EventType> type(EventTypes types, byte[] bytes, int hint) {
    String name = new String(bytes, ISO_8859_1);
    return TypeName.isPublishable(name)
        ? new Checked<>(types.of(name, hint == 0 ? null : EventClass.of(hint - 1)), null)
        : new Checked<>(
            null,
            new RequestException(
                ErrorCode.BAD_TYPE, "type: invalid (expected: " + TypeName.RULE + ")"));
  }

  private static Checked<TopicKey> topic(Identity identity, byte[] bytes) {
    String name = new String(bytes, ISO_8859_1);
    if (!TopicName.isValid(name)) {
      return new Checked<>(null, badTopic());
    }
    if (AuditTopics.include(name) || !identity.publish().allows(name)) {
      return new Checked<>(null, PublicationIntake.notFound(name));
    }
    return new Checked<>(new TopicKey(identity.tenant(), name), null);
  }

  /// From `u8 code, u8 length, bytes` each to `,"name":"value"` each.
  private static Checked<byte[]> idFragment(byte[] region) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(region.length * 2);
    int at = 0;
    while (at < region.length) {
      int code = region[at];
      int length = region[at + 1] & 0xff;
      at += 2;
      if (length == 0) {
        return new Checked<>(null, badId(code));
      }
      out.writeBytes((",\"" + ID_FIELDS[code - 1].label() + "\":\"").getBytes(US_ASCII));
      for (int i = at; i < at + length; i++) {
        if (region[i] < ' ' || region[i] > '~' || region[i] == '"' || region[i] == '\\') {
          return new Checked<>(null, badId(code));
        }
        out.write(region[i]);
      }
      out.write('"');
      at += length;
    }
    return new Checked<>(out.toByteArray(), null);
  }

  private static RequestException badId(int code) {
    return new RequestException(
        ErrorCode.BAD_ID,
        ID_FIELDS[code - 1].label()
            + ": invalid (expected: 1-255 printable ASCII characters without \" and \\)");
  }
}
