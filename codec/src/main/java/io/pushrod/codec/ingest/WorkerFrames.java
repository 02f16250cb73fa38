package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The bodies of the frames between a server and its workers, both ways.
final class WorkerFrames {
  private WorkerFrames() {}

  // Writing.

  static void write(ByteBuf out, IngestFrame frame) {
    switch (frame) {
      case Consume consume -> {
        out.writeByte(FrameType.CONSUME).writeShort(u16(consume.credit(), "credit"));
        PublishWriter.shortText(out, consume.pattern(), "pattern");
      }
      case Request request -> request(out, request);
      case Accept accept -> out.writeByte(FrameType.ACCEPT).writeLong(accept.lease());
      case Grant grant -> out.writeByte(FrameType.GRANT).writeLong(grant.lease());
      case Refuse refuse -> {
        out.writeByte(FrameType.REFUSE).writeLong(refuse.lease());
        out.writeBoolean(refuse.elsewhere());
        IngestEncoder.longText(out, IngestEncoder.cut(refuse.message()));
      }
      case Renew renew -> {
        if (renew.leases().isEmpty()) {
          throw new IllegalArgumentException("leases: none (expected: at least 1)");
        }
        out.writeByte(FrameType.RENEW);
        for (long lease : renew.leases()) {
          out.writeLong(lease);
        }
      }
      case Settle settle -> {
        out.writeByte(FrameType.SETTLE).writeLong(settle.lease());
        out.writeByte(settle.outcome().code());
        payload(out, settle.payload());
      }
      case Cancel cancel -> {
        out.writeByte(FrameType.CANCEL).writeLong(cancel.lease()).writeByte(cancel.how().code());
        out.writeInt(cancel.deadlineMillis());
        PublishWriter.shortText(out, cancel.by(), "by");
        IngestEncoder.longText(out, IngestEncoder.cut(cancel.reason()));
      }
      case CancelAck ack -> out.writeByte(FrameType.CANCEL_ACK).writeLong(ack.lease());
      case Release release -> {
        out.writeByte(FrameType.RELEASE).writeLong(release.lease()).writeShort(release.code());
        IngestEncoder.longText(out, IngestEncoder.cut(release.message()));
      }
      default -> throw new IllegalArgumentException("frame: " + frame + " (expected: a worker's)");
    }
  }

  private static void request(ByteBuf out, Request request) {
    out.writeByte(FrameType.REQUEST).writeLong(request.lease());
    out.writeByte(request.kind().code()).writeInt(request.leaseMillis());
    out.writeShort(u16(request.attempt(), "attempt"));
    PublishWriter.shortText(out, request.inbox(), "inbox");
    PublishWriter.shortText(out, request.id(), "id");
    PublishWriter.shortText(out, request.user(), "user");
    out.writeByte(request.topics().size());
    for (String topic : request.topics()) {
      PublishWriter.shortText(out, topic, "topic");
    }
    PublishWriter.ids(out, request.ids());
    payload(out, request.payload());
  }

  private static int u16(int value, String name) {
    if (value < 0 || value > 65_535) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 0-65535)");
    }
    return value;
  }

  /// Writes `u32 length, bytes`.
  private static void payload(ByteBuf out, String json) {
    int lengthAt = out.writerIndex();
    out.writeInt(0);
    out.setInt(lengthAt, ByteBufUtil.writeUtf8(out, json));
  }

  // Reading.

  static IngestFrame read(int type, FrameBody body) {
    IngestFrame frame =
        switch (type) {
          case FrameType.CONSUME -> {
            int credit = body.u16("credit");
            yield new Consume(text8(body, "pattern", 1), credit);
          }
          case FrameType.REQUEST -> request(body);
          case FrameType.ACCEPT -> new Accept(lease(body));
          case FrameType.GRANT -> new Grant(lease(body));
          case FrameType.REFUSE ->
              new Refuse(lease(body), flag(body, "elsewhere"), text16(body, "message"));
          case FrameType.RENEW -> renew(body);
          case FrameType.SETTLE ->
              new Settle(
                  lease(body),
                  constant(Settle.Outcome.values(), body, "outcome"),
                  text32(body, "payload"));
          case FrameType.CANCEL ->
              new Cancel(
                  lease(body),
                  constant(Cancel.How.values(), body, "how"),
                  body.u31("deadline"),
                  text8(body, "by", 0),
                  text16(body, "reason"));
          case FrameType.CANCEL_ACK -> new CancelAck(lease(body));
          case FrameType.RELEASE ->
              new Release(lease(body), body.u16("code"), text16(body, "message"));
          default -> throw FrameBody.bad("type", Integer.toString(type), "1-9 or 16-25");
        };
    body.end("frame");
    return frame;
  }

  private static Request request(FrameBody body) {
    long lease = lease(body);
    Request.Kind kind = constant(Request.Kind.values(), body, "kind");
    int leaseMillis = body.u31("lease");
    int attempt = body.u16("attempt");
    String inbox = text8(body, "inbox", 1);
    String id = text8(body, "id", 1);
    String user = text8(body, "user", 0);
    int topicCount = body.u8("topic count");
    if (topicCount > TopicName.MAX_TOPICS) {
      throw FrameBody.bad("topic count", Integer.toString(topicCount), "at most 8");
    }
    List<String> topics = new ArrayList<>(topicCount);
    for (int i = 0; i < topicCount; i++) {
      String topic = text8(body, "topic", 1);
      if (!TopicName.isValid(topic)) {
        throw FrameBody.bad("topic", "invalid", "1-255 of A-Z a-z 0-9 _ . : @ / -");
      }
      topics.add(topic);
    }
    return new Request(
        lease,
        kind,
        leaseMillis,
        attempt,
        inbox,
        id,
        user,
        List.copyOf(topics),
        ids(body),
        text32(body, "payload"));
  }

  private static Map<IdField, String> ids(FrameBody body) {
    int count = body.u8("id count");
    Map<IdField, String> ids = new EnumMap<>(IdField.class);
    int before = 0;
    for (int i = 0; i < count; i++) {
      int code = body.u8("id code");
      if (code <= before || code > IdField.COUNT) {
        throw FrameBody.bad("id code", Integer.toString(code), "ascending, at most 7");
      }
      before = code;
      String value = text8(body, "id", 1);
      if (!IdField.isValid(value)) {
        throw FrameBody.bad("id", "invalid", IdField.RULE);
      }
      ids.put(IdField.values()[code - 1], value);
    }
    return ids;
  }

  private static Renew renew(FrameBody body) {
    int bytes = body.remaining();
    if (bytes == 0 || bytes % Long.BYTES != 0) {
      throw FrameBody.bad("renew", bytes + " bytes of leases", "a multiple of 8, not 0");
    }
    List<Long> leases = new ArrayList<>(bytes / Long.BYTES);
    while (body.remaining() > 0) {
      leases.add(lease(body));
    }
    return new Renew(List.copyOf(leases));
  }

  private static long lease(FrameBody body) {
    return body.u63("lease", 1);
  }

  private static boolean flag(FrameBody body, String name) {
    int value = body.u8(name);
    if (value > 1) {
      throw FrameBody.bad(name, Integer.toString(value), "0 or 1");
    }
    return value == 1;
  }

  private static <T> T constant(T[] values, FrameBody body, String name) {
    int code = body.u8(name);
    if (code < 1 || code > values.length) {
      throw FrameBody.bad(name, Integer.toString(code), "1-" + values.length);
    }
    return values[code - 1];
  }

  private static String text8(FrameBody body, String name, int least) {
    int length = body.u8(name + " length");
    if (length < least) {
      throw FrameBody.bad(name + " length", Integer.toString(length), "at least " + least);
    }
    return body.text(length, name);
  }

  private static String text16(FrameBody body, String name) {
    return body.text(body.u16(name + " length"), name);
  }

  private static String text32(FrameBody body, String name) {
    return body.text(body.u31(name + " length"), name);
  }
}
