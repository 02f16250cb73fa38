package io.pushrod.codec.socketio;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import java.nio.charset.StandardCharsets;

/// The objects that stand for attachments: `{"_placeholder":true,"num":0}`.
public final class Placeholders {
  private static final byte[] MARK = "_placeholder".getBytes(US_ASCII);
  private static final byte[] NUMBER = "num".getBytes(US_ASCII);

  private Placeholders() {}

  /// The placeholder of an attachment.
  ///
  /// @param number from 0
  public static String of(int number) {
    return "{\"_placeholder\":true,\"num\":" + number + "}";
  }

  /// Which attachment a checked JSON value stands for; -1 when it is itself no placeholder.
  public static int number(String json) {
    if (!json.startsWith("{")) {
      return -1;
    }
    ByteBuf buf = Unpooled.wrappedBuffer(json.getBytes(StandardCharsets.UTF_8));
    int number = number(buf, 0, buf.readableBytes());
    return number < 0 ? -1 : number;
  }

  /// Checks the placeholders anywhere in checked JSON.
  ///
  /// @throws ProtocolException `PROTOCOL_ERROR` for one that stands for none of them
  static void check(ByteBuf buf, int offset, int length, int attachments) {
    byte first = buf.getByte(offset);
    if (first == '[') {
      JsonElements elements = new JsonElements(buf, offset, length);
      while (elements.next()) {
        check(buf, elements.valueOffset(), elements.valueLength(), attachments);
      }
    } else if (first == '{') {
      int number = number(buf, offset, length);
      if (number < -1 || number >= attachments) {
        throw new ProtocolException(
            CloseReason.PROTOCOL_ERROR, "placeholder: of no attachment (expected: one that comes)");
      }
      JsonMembers members = new JsonMembers().reset(buf, offset, length);
      while (members.next()) {
        check(buf, members.valueOffset(), members.valueLength(), attachments);
      }
    }
  }

  /// @return -1 for no placeholder, -2 for one without a usable number
  private static int number(ByteBuf buf, int offset, int length) {
    JsonMembers members = new JsonMembers().reset(buf, offset, length);
    boolean marked = false;
    int number = -2;
    while (members.next()) {
      if (members.nameEquals(MARK)) {
        marked = buf.getByte(members.valueOffset()) == 't';
      } else if (members.nameEquals(NUMBER)) {
        number = small(buf, members.valueOffset(), members.valueLength());
      }
    }
    return marked ? number : -1;
  }

  private static int small(ByteBuf buf, int offset, int length) {
    if (length > 4) {
      return -2;
    }
    int value = 0;
    for (int i = offset; i < offset + length; i++) {
      int digit = buf.getByte(i) - '0';
      if (digit < 0 || digit > 9) {
        return -2;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
