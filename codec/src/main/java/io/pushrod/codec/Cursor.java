package io.pushrod.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Where a reader continues: it has seen everything up to and with `sequence` of the log that is
/// called `epoch`.
///
/// The text form is `<epoch in base 36>-<sequence>`, for example `k3f9x2-1042`.
///
/// @param epoch identity of one incarnation of a topic's log, at least 1
/// @param sequence the last sequence seen, 0 for none
public record Cursor(long epoch, long sequence) {
  /// Epochs are drawn below this bound, so that their text has at most 8 characters.
  public static final long EPOCH_BOUND = 36L * 36 * 36 * 36 * 36 * 36 * 36 * 36;

  /// @throws RequestException `BAD_CURSOR` for anything but the text form
  public static Cursor parse(String text) {
    int dash = text.indexOf('-');
    if (dash > 0 && dash <= 8 && text.length() > dash + 1 && text.length() - dash - 1 <= 18) {
      long epoch = number(text, 0, dash, 36);
      long sequence = number(text, dash + 1, text.length(), 10);
      if (epoch > 0 && sequence >= 0) {
        return new Cursor(epoch, sequence);
      }
    }
    throw bad(text);
  }

  /// Reads digits and lower-case letters of a base and nothing else; -1 for anything else.
  private static long number(String text, int from, int to, int base) {
    long number = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : base;
      if (digit >= base) {
        return -1;
      }
      number = number * base + digit;
    }
    return number;
  }

  static RequestException bad(String text) {
    String shown = text.length() > 48 ? text.substring(0, 48) + "…" : text;
    return new RequestException(
        ErrorCode.BAD_CURSOR,
        "cursor: " + shown + " (expected: <epoch>-<sequence>, a sequence, earliest or now)");
  }

  public static String epochText(long epoch) {
    return Long.toString(epoch, 36);
  }

  /// Appends the text form.
  public static void write(ByteBuf out, long epoch, long sequence) {
    ByteBufUtil.writeAscii(out, epochText(epoch));
    out.writeByte('-');
    Digits.writeDecimal(out, sequence);
  }

  @Override
  public String toString() {
    return epochText(epoch) + '-' + sequence;
  }
}
