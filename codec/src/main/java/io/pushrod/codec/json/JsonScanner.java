package io.pushrod.codec.json;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.Utf8;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Decides whether bytes are exactly one JSON value (RFC 8259) in UTF-8.
///
/// Strict: no comments, no trailing commas, no byte order mark, no `NaN`. Lone surrogates written
/// as escapes (`\uD800`) are legal JSON and pass. Names may repeat. Top-level scalars pass.
///
/// **Thread:** any.
public final class JsonScanner {
  /*
   * One loop over tokens. `state` is a set of what may come next (one bit each), `objects` holds
   * one bit per open level: set for an object, clear for an array. White space is seen in one place
   * only, which is also where the text stops being compact. Strings, where most bytes are, go eight
   * bytes at a time.
   */

  /// The most arrays and objects that may be open at once.
  public static final int MAX_DEPTH = 64;

  private static final int VALUE = 1;
  private static final int ELEMENTS_END = 2;
  private static final int NAME = 4;
  private static final int MEMBERS_END = 8;
  private static final int COLON = 16;
  private static final int COMMA = 32;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = ONES << 7;

  private JsonScanner() {}

  /// Checks the value of `data`; see [#check(String, ByteBuf, int, int)].
  public static boolean check(ByteBuf buf, int offset, int length) {
    return check("data", buf, offset, length);
  }

  /// Whether the value, which is valid, is without insignificant white space, and so may be stored
  /// as it is.
  ///
  /// @param what names the value in errors
  /// @throws RequestException `BAD_JSON` or `BAD_UTF8` with the place, counted from `offset`, and
  ///   never the content
  public static boolean check(String what, ByteBuf buf, int offset, int length) {
    if (buf.hasArray()) {
      int from = buf.arrayOffset() + offset;
      return check(what, buf.array(), from, from + length);
    }
    return check(what, Scratch.copy(buf, offset, length), 0, length);
  }

  /// Appends a checked value to `out` without insignificant white space.
  public static void compact(ByteBuf buf, int offset, int length, ByteBuf out) {
    if (buf.hasArray()) {
      int from = buf.arrayOffset() + offset;
      compact(buf.array(), from, from + length, out);
    } else {
      compact(Scratch.copy(buf, offset, length), 0, length, out);
    }
  }

  private static boolean check(String what, byte[] a, int from, int end) {
    boolean compact = true;
    long objects = 0;
    int depth = 0;
    int state = VALUE;
    int i = from;
    while (i < end) {
      byte c = a[i];
      if (isSpace(c)) {
        compact = false;
        i++;
        continue;
      }
      int allowed = state & wanted(c);
      if (allowed == 0) {
        throw bad(what, i - from, expected(state));
      }
      switch (c) {
        case '"' -> {
          i = string(a, i + 1, end);
          state = allowed == NAME ? COLON : afterValue(depth, objects);
        }
        case '{', '[' -> {
          if (depth == MAX_DEPTH) {
            throw bad(what, i - from, "at most " + MAX_DEPTH + " levels");
          }
          depth++;
          objects = objects << 1 | (c == '{' ? 1 : 0);
          state = c == '{' ? NAME | MEMBERS_END : VALUE | ELEMENTS_END;
          i++;
        }
        case '}', ']' -> {
          depth--;
          objects >>>= 1;
          state = afterValue(depth, objects);
          i++;
        }
        case ',' -> {
          state = (objects & 1) != 0 ? NAME : VALUE;
          i++;
        }
        case ':' -> {
          state = VALUE;
          i++;
        }
        default -> {
          i = scalar(a, i, end);
          state = afterValue(depth, objects);
        }
      }
      if (i < 0) {
        throw badToken(what, c, a, from, ~i, end);
      }
    }
    if (depth != 0 || state != 0) {
      throw bad(what, end - from, expected(state));
    }
    return compact;
  }

  private static int afterValue(int depth, long objects) {
    if (depth == 0) {
      return 0;
    }
    return (objects & 1) != 0 ? COMMA | MEMBERS_END : COMMA | ELEMENTS_END;
  }

  private static int wanted(byte c) {
    return switch (c) {
      case '"' -> VALUE | NAME;
      case ',' -> COMMA;
      case ':' -> COLON;
      case '}' -> MEMBERS_END;
      case ']' -> ELEMENTS_END;
      default -> VALUE;
    };
  }

  static boolean isSpace(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  /// Returns the place behind the closing quote, or the complement of the place of what cannot be.
  private static int string(byte[] a, int i, int end) {
    while (true) {
      while (end - i >= Long.BYTES) {
        long special = special((long) WORD.get(a, i));
        if (special != 0) {
          i += Long.numberOfTrailingZeros(special) >>> 3;
          break;
        }
        i += Long.BYTES;
      }
      if (i == end) {
        return ~end;
      }
      byte c = a[i];
      if (c == '"') {
        return i + 1;
      }
      if (c >= ' ' && c != '\\') {
        i++;
      } else {
        i = c < 0 ? characters(a, i, end) : c == '\\' ? escape(a, i, end) : ~i;
        if (i < 0) {
          return i;
        }
      }
    }
  }

  /// Marks the high bit of bytes that end a plain run: quotes, backslashes, controls and what is
  /// not ASCII. Only the lowest mark is exact; above it a borrow may add more.
  private static long special(long word) {
    long quote = word ^ ONES * '"';
    long backslash = word ^ ONES * '\\';
    return (word | (word - ONES * ' ') | (quote - ONES) | (backslash - ONES)) & HIGH_BITS;
  }

  /// Steps over characters that are not ASCII, at least one.
  private static int characters(byte[] a, int first, int end) {
    int start = first;
    int i = first;
    while (i < end && a[i] < 0) {
      int state = Utf8.next(Utf8.BOUNDARY, a[i++]);
      while (state > 0 && i < end) {
        state = Utf8.next(state, a[i++]);
      }
      if (state != Utf8.BOUNDARY) {
        return ~start;
      }
      start = i;
    }
    return i;
  }

  private static int escape(byte[] a, int start, int end) {
    if (start + 1 == end) {
      return ~end;
    }
    switch (a[start + 1]) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
        return start + 2;
      }
      case 'u' -> {
        for (int i = start + 2; i < start + 6; i++) {
          if (i == end || Character.digit(a[i], 16) < 0) {
            return ~i;
          }
        }
        return start + 6;
      }
      default -> {
        return ~(start + 1);
      }
    }
  }

  private static int scalar(byte[] a, int i, int end) {
    return switch (a[i]) {
      case 't' -> literal(a, i, end, "true");
      case 'f' -> literal(a, i, end, "false");
      case 'n' -> literal(a, i, end, "null");
      default -> number(a, i, end);
    };
  }

  private static int literal(byte[] a, int start, int end, String text) {
    for (int k = 1; k < text.length(); k++) {
      if (start + k >= end || a[start + k] != text.charAt(k)) {
        return ~Math.min(start + k, end);
      }
    }
    return start + text.length();
  }

  private static int number(byte[] a, int start, int end) {
    int i = a[start] == '-' ? start + 1 : start;
    i = i < end && a[i] == '0' ? i + 1 : digits(a, i, end);
    if (i >= 0 && i < end && a[i] == '.') {
      i = digits(a, i + 1, end);
    }
    if (i >= 0 && i < end && (a[i] | 0x20) == 'e') {
      i++;
      i = digits(a, i < end && (a[i] == '+' || a[i] == '-') ? i + 1 : i, end);
    }
    return i;
  }

  private static int digits(byte[] a, int start, int end) {
    int i = start;
    while (i < end && a[i] >= '0' && a[i] <= '9') {
      i++;
    }
    return i == start ? ~start : i;
  }

  private static void compact(byte[] a, int from, int end, ByteBuf out) {
    int run = from;
    int i = from;
    while (i < end) {
      byte c = a[i];
      if (c == '"') {
        i = string(a, i + 1, end);
      } else if (isSpace(c)) {
        out.writeBytes(a, run, i - run);
        i++;
        run = i;
      } else {
        i++;
      }
    }
    out.writeBytes(a, run, end - run);
  }

  private static RequestException badToken(
      String what, byte first, byte[] a, int from, int at, int end) {
    if (first != '"') {
      boolean letter = first == 't' || first == 'f' || first == 'n';
      return bad(what, at - from, letter ? "true, false or null" : "a value");
    }
    if (at < end && a[at] < 0) {
      return new RequestException(
          ErrorCode.BAD_UTF8, what + ": byte " + (at - from) + " (expected: UTF-8)");
    }
    return bad(what, at - from, at == end ? "the end of a string" : "a character or an escape");
  }

  private static RequestException bad(String what, int at, String expected) {
    return new RequestException(
        ErrorCode.BAD_JSON, what + ": byte " + at + " (expected: " + expected + ")");
  }

  private static String expected(int state) {
    return switch (state) {
      case VALUE -> "a value";
      case VALUE | ELEMENTS_END -> "a value or ]";
      case NAME -> "a name";
      case NAME | MEMBERS_END -> "a name or }";
      case COLON -> ":";
      case COMMA | MEMBERS_END -> ", or }";
      case COMMA | ELEMENTS_END -> ", or ]";
      default -> "nothing more";
    };
  }
}
