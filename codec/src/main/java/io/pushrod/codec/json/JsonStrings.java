package io.pushrod.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// JSON strings to Java strings and back.
public final class JsonStrings {
  private static final String HEX = "0123456789abcdef";

  private JsonStrings() {}

  /// The meaning of a checked string, given with its quotes.
  public static String decode(ByteBuf buf, int offset, int length) {
    String text = buf.toString(offset + 1, length - 2, UTF_8);
    return text.indexOf('\\') < 0 ? text : unescape(text);
  }

  private static String unescape(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escape = text.charAt(i++);
      switch (escape) {
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'u' -> {
          out.append((char) Integer.parseInt(text, i, i + 4, 16));
          i += 4;
        }
        default -> out.append(escape);
      }
    }
    return out.toString();
  }

  /// Appends `text` as a string in quotes. A lone surrogate, which has no UTF-8, becomes `?`.
  public static void write(ByteBuf out, CharSequence text) {
    out.writeByte('"');
    int run = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == '"' || c == '\\') {
        ByteBufUtil.writeUtf8(out, text, run, i);
        escape(out, c);
        run = i + 1;
      } else if (Character.isSurrogate(c)) {
        if (isPair(text, i)) {
          i++;
        } else {
          ByteBufUtil.writeUtf8(out, text, run, i);
          out.writeByte('?');
          run = i + 1;
        }
      }
    }
    ByteBufUtil.writeUtf8(out, text, run, text.length());
    out.writeByte('"');
  }

  /// Netty's writer takes the half of a pair together with whatever follows it, and truncates that.
  private static boolean isPair(CharSequence text, int at) {
    return Character.isHighSurrogate(text.charAt(at))
        && at + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(at + 1));
  }

  private static void escape(ByteBuf out, char c) {
    out.writeByte('\\');
    switch (c) {
      case '"', '\\' -> out.writeByte(c);
      case '\n' -> out.writeByte('n');
      case '\r' -> out.writeByte('r');
      case '\t' -> out.writeByte('t');
      default -> {
        ByteBufUtil.writeAscii(out, "u00");
        out.writeByte(HEX.charAt(c >> 4)).writeByte(HEX.charAt(c & 0xF));
      }
    }
  }

  /// Appends an array of strings.
  public static void writeArray(ByteBuf out, Iterable<String> texts) {
    out.writeByte('[');
    boolean first = true;
    for (String text : texts) {
      if (!first) {
        out.writeByte(',');
      }
      first = false;
      write(out, text);
    }
    out.writeByte(']');
  }
}
