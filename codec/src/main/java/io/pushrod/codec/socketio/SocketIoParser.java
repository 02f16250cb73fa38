package io.pushrod.codec.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.util.ArrayList;
import java.util.List;

/// Reads one Socket.IO packet: `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.
///
/// **Thread:** one at a time; a parser is used once.
public final class SocketIoParser {
  /// The longest name of a namespace, in bytes.
  public static final int MAX_NAMESPACE_BYTES = 128;

  /// The longest name of an event, in characters.
  public static final int MAX_NAME_CHARS = 256;

  /// Digits of an acknowledgement id, so that any client can hold it exactly.
  private static final int MAX_ACK_DIGITS = 15;

  private static final int MAX_COUNT_DIGITS = 6;

  private final ByteBuf buf;
  private final int end;
  private final int maxAttachments;
  private int index;

  private SocketIoParser(ByteBuf buf, int offset, int length, int maxAttachments) {
    this.buf = buf;
    this.index = offset;
    this.end = offset + length;
    this.maxAttachments = maxAttachments;
  }

  /// @param length of the packet, which is valid UTF-8
  /// @throws ProtocolException `PROTOCOL_ERROR` for what is no packet, `POLICY` for more
  ///   attachments than allowed
  public static SocketIoPacket parse(ByteBuf buf, int offset, int length, int maxAttachments) {
    return new SocketIoParser(buf, offset, length, maxAttachments).packet();
  }

  private SocketIoPacket packet() {
    int type = index < end ? buf.getByte(index++) - '0' : -1;
    return switch (type) {
      case 0 -> connect();
      case 1 -> new SocketIoPacket.Disconnect(bare(namespace()));
      case 2 -> event(0);
      case 3 -> ack(0);
      case 4 -> new SocketIoPacket.ConnectError(namespace());
      case 5 -> event(attachments());
      case 6 -> ack(attachments());
      default -> throw bad("type: unknown", "0-6");
    };
  }

  private SocketIoPacket connect() {
    String namespace = namespace();
    if (index == end) {
      return new SocketIoPacket.Connect(namespace, null);
    }
    check();
    if (!JsonMembers.isObject(buf, index, end - index)) {
      throw bad("data: no object", "an object with a CONNECT");
    }
    return new SocketIoPacket.Connect(namespace, text(index, end - index));
  }

  private String bare(String namespace) {
    if (index != end) {
      throw bad("data: some", "none with a DISCONNECT");
    }
    return namespace;
  }

  private SocketIoPacket event(int attachments) {
    String namespace = namespace();
    long ackId = ackId();
    List<String> args = array(attachments);
    if (args.isEmpty()) {
      throw bad("data: empty", "the name of an event");
    }
    String name = name(args.getFirst());
    return new SocketIoPacket.Event(
        namespace, ackId, name, args.subList(1, args.size()), attachments);
  }

  private SocketIoPacket ack(int attachments) {
    String namespace = namespace();
    long ackId = ackId();
    if (ackId == SocketIoPacket.NO_ACK) {
      throw bad("ack id: none", "a number with an ACK");
    }
    return new SocketIoPacket.Ack(namespace, ackId, array(attachments), attachments);
  }

  private int attachments() {
    long count = number(MAX_COUNT_DIGITS);
    if (count < 0 || index == end || buf.getByte(index) != '-') {
      throw bad("attachments: no number", "how many, and a dash");
    }
    index++;
    if (count > maxAttachments) {
      throw new ProtocolException(
          CloseReason.POLICY, "attachments: " + count + " (expected: <= " + maxAttachments + ")");
    }
    return (int) count;
  }

  private String namespace() {
    if (index == end || buf.getByte(index) != '/') {
      return SocketIoPacket.MAIN;
    }
    int comma = buf.indexOf(index, end, (byte) ',');
    int stop = comma < 0 ? end : comma;
    if (stop - index > MAX_NAMESPACE_BYTES) {
      throw bad("namespace: too long", "<= " + MAX_NAMESPACE_BYTES + " bytes");
    }
    String name = text(index, stop - index);
    index = comma < 0 ? end : comma + 1;
    return name;
  }

  private long ackId() {
    return number(MAX_ACK_DIGITS);
  }

  /// @return -1 where none stands
  private long number(int maxDigits) {
    int start = index;
    long value = 0;
    while (index < end && buf.getByte(index) >= '0' && buf.getByte(index) <= '9') {
      if (index - start == maxDigits) {
        throw bad("number: too long", "<= " + maxDigits + " digits");
      }
      value = value * 10 + buf.getByte(index++) - '0';
    }
    return index == start ? -1 : value;
  }

  private List<String> array(int attachments) {
    check();
    if (buf.getByte(index) != '[') {
      throw bad("data: no array", "an array");
    }
    List<String> elements = new ArrayList<>();
    JsonElements all = new JsonElements(buf, index, end - index);
    while (all.next()) {
      elements.add(text(all.valueOffset(), all.valueLength()));
    }
    if (attachments > 0) {
      Placeholders.check(buf, index, end - index, attachments);
    }
    return elements;
  }

  /// A number is a name too, for the clients of old.
  private static String name(String json) {
    char first = json.charAt(0);
    if (first == '"') {
      ByteBuf quoted = Unpooled.wrappedBuffer(json.getBytes(UTF_8));
      String name = JsonStrings.decode(quoted, 0, quoted.readableBytes());
      if (name.length() > MAX_NAME_CHARS || SocketIoPacket.RESERVED.contains(name)) {
        throw bad("event: not allowed", "no reserved name, <= " + MAX_NAME_CHARS + " characters");
      }
      return name;
    }
    if ((first != '-' && !Character.isDigit(first)) || json.length() > MAX_NAME_CHARS) {
      throw bad("event: no name", "a string or a number first");
    }
    return json;
  }

  private void check() {
    try {
      var _ = JsonScanner.check("data", buf, index, end - index);
    } catch (RequestException e) {
      throw new ProtocolException(CloseReason.PROTOCOL_ERROR, String.valueOf(e.getMessage()));
    }
  }

  private String text(int offset, int length) {
    return buf.toString(offset, length, UTF_8);
  }

  private static ProtocolException bad(String what, String expected) {
    return new ProtocolException(
        CloseReason.PROTOCOL_ERROR, what + " (expected: " + expected + ")");
  }
}
