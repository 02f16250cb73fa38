package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestFrame.Ack;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import org.jspecify.annotations.Nullable;

/// Takes frames off the front of a buffer in which the caller collects what a peer sends.
///
/// Keeps nothing between calls but the greatest length it accepts; which frames may come when is
/// for the caller to say.
public final class IngestDecoder {
  private int maxFrameBytes;

  /// @param maxFrameBytes the greatest length field to accept; a server starts with
  ///   [IngestFrame#MAX_HELLO_FRAME_BYTES]
  public IngestDecoder(int maxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /// Accepts frames up to another length from now on.
  public void limit(int maxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /// Takes one frame.
  ///
  /// @param in read from its reader index; what a returned [Publish] or [Ack] shows stays in it,
  ///   before the new reader index, so the caller is done with the frame before it compacts, fills
  ///   or releases the buffer
  /// @return null, and nothing read, while the frame is incomplete
  /// @throws ProtocolException as soon as its first bytes show that the frame is not valid; `in` is
  ///   of no use then
  public @Nullable IngestFrame decode(ByteBuf in) {
    int start = in.readerIndex();
    int readable = in.readableBytes();
    if (readable < IngestFrame.LENGTH_BYTES) {
      return null;
    }
    long length = in.getUnsignedInt(start);
    if (length == 0) {
      throw FrameBody.bad("length", "0", "at least 1");
    }
    if (length > maxFrameBytes) {
      throw new ProtocolException(
          CloseReason.FRAME_TOO_BIG, "length: " + length + " (expected: <= " + maxFrameBytes + ")");
    }
    int frameBytes = IngestFrame.LENGTH_BYTES + (int) length;
    if (readable < frameBytes) {
      return null;
    }
    int type = in.getUnsignedByte(start + IngestFrame.LENGTH_BYTES);
    var body = new FrameBody(in, start + IngestFrame.LENGTH_BYTES + 1, (int) length - 1);
    IngestFrame frame = frame(type, in, body);
    in.readerIndex(start + frameBytes);
    return frame;
  }

  private static IngestFrame frame(int type, ByteBuf in, FrameBody body) {
    return switch (type) {
      case FrameType.PUBLISH -> publish(in, body);
      case FrameType.ACK -> ack(in, body);
      case FrameType.HELLO -> hello(body);
      case FrameType.WELCOME -> welcome(body);
      case FrameType.REJECT -> reject(body);
      case FrameType.WINDOW -> window(body);
      case FrameType.PING -> new Ping(opaque(body, "ping"));
      case FrameType.PONG -> new Pong(opaque(body, "pong"));
      case FrameType.GOAWAY -> goaway(body);
      default -> WorkerFrames.read(type, body);
    };
  }

  private static Publish publish(ByteBuf in, FrameBody body) {
    long firstSequence = body.u63("first sequence", 1);
    int count = body.u16("event count");
    if (count == 0) {
      throw FrameBody.bad("event count", "0", "at least 1");
    }
    if (firstSequence > Long.MAX_VALUE - count) {
      throw FrameBody.bad("first sequence", Long.toString(firstSequence), "room for the batch");
    }
    return new Publish(in, body.offset(), body.remaining(), firstSequence, count);
  }

  private static Ack ack(ByteBuf in, FrameBody body) {
    long upTo = body.u63("up to", 1);
    int bytes = body.remaining();
    if (bytes == 0 || bytes % Long.BYTES != 0) {
      throw FrameBody.bad("ack", bytes + " bytes of sequences", "a multiple of 8, not 0");
    }
    return new Ack(upTo, in, body.offset(), bytes / Long.BYTES);
  }

  private static Hello hello(FrameBody body) {
    int magic = body.bits32("magic");
    if (magic != IngestFrame.MAGIC) {
      throw FrameBody.bad("magic", Integer.toHexString(magic), "50555348");
    }
    version(body);
    long epoch = body.u63("epoch", 1);
    String producer = body.text(body.u8("producer length"), "producer");
    if (!Hello.isProducer(producer)) {
      throw FrameBody.bad(
          "producer", producer.length() + " characters", "1-64 of A-Z a-z 0-9 _ . : -");
    }
    String tenant = body.text(body.u8("tenant length"), "tenant");
    if (!Hello.isPrintable(tenant, IngestFrame.MAX_TENANT_BYTES)) {
      throw FrameBody.bad("tenant", tenant.length() + " characters", "0-128 of printable ASCII");
    }
    String token = body.text(body.u16("token length"), "token");
    if (!Hello.isPrintable(token, IngestFrame.MAX_TOKEN_BYTES)) {
      throw FrameBody.bad("token", token.length() + " characters", "0-16384 of printable ASCII");
    }
    body.end("hello");
    return new Hello(epoch, producer, tenant, token);
  }

  private static Welcome welcome(FrameBody body) {
    version(body);
    int maxFrameBytes = body.u31("max frame bytes");
    int maxEventBytes = body.u31("max event bytes");
    int windowBytes = body.u31("window bytes");
    int windowEvents = body.u31("window events");
    int pingIntervalMillis = body.u31("ping interval");
    if (pingIntervalMillis == 0) {
      throw FrameBody.bad("ping interval", "0", "at least 1");
    }
    long lastSequence = body.u63("last sequence", 0);
    String server = body.text(body.u8("server length"), "server");
    body.end("welcome");
    return new Welcome(
        maxFrameBytes,
        maxEventBytes,
        windowBytes,
        windowEvents,
        pingIntervalMillis,
        lastSequence,
        server);
  }

  /// What follows the version has the shape of that version, so it is checked first.
  private static void version(FrameBody body) {
    int version = body.u16("version");
    if (version != IngestFrame.VERSION) {
      throw new ProtocolException(
          CloseReason.UNSUPPORTED_VERSION,
          "version: " + version + " (expected: " + IngestFrame.VERSION + ")");
    }
  }

  private static Reject reject(FrameBody body) {
    long sequence = body.u63("sequence", 1);
    int code = body.u16("code");
    int retryAfterMillis = body.u31("retry after");
    String message = body.text(body.u16("message length"), "message");
    body.end("reject");
    return new Reject(sequence, code, retryAfterMillis, message);
  }

  private static Window window(FrameBody body) {
    int bytes = body.u31("window bytes");
    int events = body.u31("window events");
    body.end("window");
    return new Window(bytes, events);
  }

  private static long opaque(FrameBody body, String frame) {
    long value = body.bits64("value");
    body.end(frame);
    return value;
  }

  private static Goaway goaway(FrameBody body) {
    int code = body.u16("code");
    int reconnect = body.u8("reconnect");
    if (reconnect > 1) {
      throw FrameBody.bad("reconnect", Integer.toString(reconnect), "0 or 1");
    }
    int retryAfterMillis = body.u31("retry after");
    String message = body.text(body.u16("message length"), "message");
    body.end("goaway");
    return new Goaway(code, reconnect == 1, retryAfterMillis, message);
  }
}
