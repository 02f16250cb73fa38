package io.pushrod.codec.engineio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.Utf8;
import io.pushrod.codec.json.JsonObjectWriter;
import java.util.Base64;

/// Reads and writes Engine.IO packets.
public final class EnginePackets {
  /// What stands between two packets of a payload.
  public static final byte SEPARATOR = 0x1E;

  /// What a binary message begins with where only text can stand.
  public static final byte BINARY = 'b';

  /// The data of the ping and the pong that try out a transport.
  public static final String PROBE = "probe";

  private static final byte[] PROBE_BYTES = {'p', 'r', 'o', 'b', 'e'};

  private EnginePackets() {}

  /// Reads all packets of a payload, the body of an HTTP request or answer. Packets before one that
  /// cannot be are heard.
  ///
  /// @throws ProtocolException `PROTOCOL_ERROR` for what is no packet, the empty payload with it,
  ///   or `BAD_UTF8`
  public static void parsePayload(ByteBuf buf, int offset, int length, PacketListener listener) {
    if (!Utf8.isValid(buf, offset, length)) {
      throw new ProtocolException(CloseReason.BAD_UTF8, "payload: not UTF-8 (expected: text)");
    }
    int end = offset + length;
    int start = offset;
    while (start <= end) {
      int separator = buf.indexOf(start, end, SEPARATOR);
      int stop = separator < 0 ? end : separator;
      parse(buf, start, stop - start, listener);
      start = stop + 1;
    }
  }

  /// Reads one packet.
  ///
  /// @param length of the packet, which is valid UTF-8
  /// @throws ProtocolException `PROTOCOL_ERROR` unless it begins with a digit that is a type, or is
  ///   base64 behind a `b`
  public static void parse(ByteBuf buf, int offset, int length, PacketListener listener) {
    if (length == 0) {
      throw bad("empty");
    }
    byte first = buf.getByte(offset);
    if (first == BINARY) {
      ByteBuf data = Unpooled.wrappedBuffer(decoded(buf, offset + 1, length - 1));
      listener.onBinary(data, 0, data.readableBytes());
      return;
    }
    PacketType type = PacketType.ofDigit(first);
    if (type == null) {
      throw bad("of an unknown type");
    }
    listener.onPacket(type, buf, offset + 1, length - 1);
  }

  private static byte[] decoded(ByteBuf buf, int offset, int length) {
    try {
      return Base64.getDecoder().decode(ByteBufUtil.getBytes(buf, offset, length));
    } catch (IllegalArgumentException e) {
      throw bad("not base64");
    }
  }

  /// Whether the data of a ping or pong is that of a probe.
  public static boolean isProbe(ByteBuf buf, int offset, int length) {
    return ByteBufUtil.equals(
            buf, offset, Unpooled.wrappedBuffer(PROBE_BYTES), 0, PROBE_BYTES.length)
        && length == PROBE_BYTES.length;
  }

  /// Appends a packet without data.
  public static void write(ByteBuf out, PacketType type) {
    out.writeByte(type.digit());
  }

  /// Appends the packet that opens a session.
  ///
  /// @param upgrades whether a WebSocket may take over
  /// @param maxPayload bytes that one payload of the client may have
  public static void writeOpen(
      ByteBuf out,
      String sid,
      boolean upgrades,
      long pingIntervalMillis,
      long pingTimeoutMillis,
      int maxPayload) {
    out.writeByte(PacketType.OPEN.digit());
    new JsonObjectWriter(out)
        .text("sid", sid)
        .raw("upgrades", upgrades ? "[\"websocket\"]" : "[]")
        .number("pingInterval", pingIntervalMillis)
        .number("pingTimeout", pingTimeoutMillis)
        .number("maxPayload", maxPayload)
        .end();
  }

  /// Appends a binary message as text.
  public static void writeBinary(ByteBuf out, ByteBuf data, int offset, int length) {
    out.writeByte(BINARY);
    out.writeBytes(Base64.getEncoder().encode(ByteBufUtil.getBytes(data, offset, length)));
  }

  private static ProtocolException bad(String how) {
    return new ProtocolException(
        CloseReason.PROTOCOL_ERROR,
        "packet: " + how + " (expected: a type 0-6 and data, or b and base64)");
  }
}
