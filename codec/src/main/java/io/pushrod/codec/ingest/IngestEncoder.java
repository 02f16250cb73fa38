package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Ack;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;

/// Appends whole frames to a buffer. [PublishWriter] and [AckWriter] build theirs piece by piece.
public final class IngestEncoder {
  /// Texts for people are cut to this, so that any message of an exception has room in its field.
  static final int MAX_MESSAGE_CHARS = 1024;

  private IngestEncoder() {}

  /// Appends `frame`, its length included.
  ///
  /// @throws IllegalArgumentException for a text, number or list that has no room in its field
  public static void encode(ByteBuf out, IngestFrame frame) {
    int start = out.writerIndex();
    try {
      out.writeInt(0);
      typeAndBody(out, frame);
    } catch (IllegalArgumentException e) {
      out.writerIndex(start);
      throw e;
    }
    out.setInt(start, out.writerIndex() - start - IngestFrame.LENGTH_BYTES);
  }

  private static void typeAndBody(ByteBuf out, IngestFrame frame) {
    switch (frame) {
      case Hello hello -> hello(out, hello);
      case Welcome welcome -> welcome(out, welcome);
      case Publish publish ->
          out.writeByte(FrameType.PUBLISH)
              .writeLong(publish.firstSequence())
              .writeShort(publish.count())
              .writeBytes(publish.buffer(), publish.offset(), publish.length());
      case Ack ack ->
          out.writeByte(FrameType.ACK)
              .writeLong(ack.upTo())
              .writeBytes(ack.buffer(), ack.offset(), ack.count() * Long.BYTES);
      case Reject reject -> {
        out.writeByte(FrameType.REJECT).writeLong(reject.sequence()).writeShort(reject.code());
        out.writeInt(reject.retryAfterMillis());
        longText(out, cut(reject.message()));
      }
      case Window window ->
          out.writeByte(FrameType.WINDOW).writeInt(window.bytes()).writeInt(window.events());
      case Ping ping -> out.writeByte(FrameType.PING).writeLong(ping.value());
      case Pong pong -> out.writeByte(FrameType.PONG).writeLong(pong.value());
      case Goaway goaway -> {
        out.writeByte(FrameType.GOAWAY).writeShort(goaway.code());
        out.writeBoolean(goaway.reconnect()).writeInt(goaway.retryAfterMillis());
        longText(out, cut(goaway.message()));
      }
      case Consume _,
          Request _,
          Accept _,
          Grant _,
          Refuse _,
          Renew _,
          Settle _,
          Cancel _,
          CancelAck _,
          Release _ ->
          WorkerFrames.write(out, frame);
    }
  }

  private static void hello(ByteBuf out, Hello hello) {
    if (!Hello.isProducer(hello.producer())) {
      throw new IllegalArgumentException(
          "producer: " + hello.producer() + " (expected: 1-64 of A-Z a-z 0-9 _ . : -)");
    }
    if (!Hello.isPrintable(hello.tenant(), IngestFrame.MAX_TENANT_BYTES)
        || !Hello.isPrintable(hello.token(), IngestFrame.MAX_TOKEN_BYTES)) {
      throw new IllegalArgumentException(
          "tenant, token: not printable (expected: at most 128, 16384 of printable ASCII)");
    }
    out.writeByte(FrameType.HELLO).writeInt(IngestFrame.MAGIC).writeShort(IngestFrame.VERSION);
    out.writeLong(hello.epoch());
    PublishWriter.shortText(out, hello.producer(), "producer");
    PublishWriter.shortText(out, hello.tenant(), "tenant");
    longText(out, hello.token());
  }

  private static void welcome(ByteBuf out, Welcome welcome) {
    out.writeByte(FrameType.WELCOME).writeShort(IngestFrame.VERSION);
    out.writeInt(welcome.maxFrameBytes()).writeInt(welcome.maxEventBytes());
    out.writeInt(welcome.windowBytes()).writeInt(welcome.windowEvents());
    out.writeInt(welcome.pingIntervalMillis()).writeLong(welcome.lastSequence());
    PublishWriter.shortText(out, welcome.server(), "server");
  }

  static String cut(String message) {
    return message.length() <= MAX_MESSAGE_CHARS
        ? message
        : message.substring(0, MAX_MESSAGE_CHARS);
  }

  /// Writes `u16 length, bytes`.
  static void longText(ByteBuf out, String text) {
    int lengthAt = out.writerIndex();
    out.writeShort(0);
    out.setShort(lengthAt, ByteBufUtil.writeUtf8(out, text));
  }
}
