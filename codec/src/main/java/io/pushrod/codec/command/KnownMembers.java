package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartSpelling;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Where the members with known names lie in one JSON object. Of members with the same name the
/// last one counts, as in browsers.
final class KnownMembers {
  private static final List<String> NAMES =
      Stream.of(
              Stream.of(
                  "op",
                  "id",
                  "token",
                  "topic",
                  "topics",
                  "filter",
                  "policy",
                  "fold",
                  "limit",
                  "type",
                  "data",
                  "ts",
                  "run",
                  "how",
                  "deadline_ms",
                  "reason",
                  "state"),
              Stream.of(StartSpelling.values()).map(StartSpelling::label),
              Stream.of(IdField.values()).map(IdField::label))
          .flatMap(names -> names)
          .toList();
  private static final Map<String, Integer> INDEX = new HashMap<>();
  private static final byte[][] BYTES = new byte[NAMES.size()][];

  static {
    for (String name : NAMES) {
      BYTES[INDEX.size()] = name.getBytes(US_ASCII);
      INDEX.put(name, INDEX.size());
    }
  }

  private final ByteBuf buf;
  private final boolean compact;
  private final int[] offsets = new int[NAMES.size()];
  private final int[] lengths = new int[NAMES.size()];

  private KnownMembers(ByteBuf buf, boolean compact) {
    this.buf = buf;
    this.compact = compact;
  }

  /// @param what names the whole text in errors
  /// @throws RequestException `BAD_JSON`, `BAD_UTF8`, or `BAD_REQUEST` when it is no object
  static KnownMembers read(String what, ByteBuf buf, int offset, int length) {
    boolean compact = JsonScanner.check(what, buf, offset, length);
    if (!JsonMembers.isObject(buf, offset, length)) {
      throw bad(what, "not an object", "an object");
    }
    KnownMembers known = new KnownMembers(buf, compact);
    JsonMembers members = new JsonMembers().reset(buf, offset, length);
    while (members.next()) {
      for (int i = 0; i < BYTES.length; i++) {
        if (members.nameEquals(BYTES[i])) {
          known.offsets[i] = members.valueOffset();
          known.lengths[i] = members.valueLength();
          break;
        }
      }
    }
    return known;
  }

  private static int index(String name) {
    Integer index = INDEX.get(name);
    if (index == null) {
      throw new IllegalArgumentException("name: " + name + " (expected: one of " + NAMES + ")");
    }
    return index;
  }

  int offset(String name) {
    return offsets[index(name)];
  }

  /// 0 when there is none.
  int length(String name) {
    return lengths[index(name)];
  }

  /// Whether there is a value other than `null`.
  boolean has(String name) {
    return length(name) > 0 && first(name) != 'n';
  }

  private byte first(String name) {
    return buf.getByte(offset(name));
  }

  boolean isString(String name) {
    return has(name) && first(name) == '"';
  }

  boolean isNumber(String name) {
    return has(name) && (first(name) == '-' || (first(name) >= '0' && first(name) <= '9'));
  }

  boolean isObject(String name) {
    return has(name) && first(name) == '{';
  }

  boolean isArray(String name) {
    return has(name) && first(name) == '[';
  }

  /// The value as it is written.
  String raw(String name) {
    return buf.toString(offset(name), length(name), UTF_8);
  }

  /// @throws RequestException with `code` unless there is a string
  String text(String name, ErrorCode code) {
    if (!isString(name)) {
      String found = has(name) ? "not a string" : "missing";
      throw new RequestException(code, name + ": " + found + " (expected: a string)");
    }
    return JsonStrings.decode(buf, offset(name), length(name));
  }

  /// @throws RequestException with `code` unless there is an array of strings
  List<String> texts(String name, ErrorCode code) {
    List<String> texts = new ArrayList<>();
    if (!isArray(name)) {
      throw new RequestException(code, name + ": not an array (expected: an array of strings)");
    }
    JsonElements elements = new JsonElements(buf, offset(name), length(name));
    while (elements.next()) {
      if (buf.getByte(elements.valueOffset()) != '"') {
        throw new RequestException(
            code, name + ": element " + texts.size() + " (expected: a string)");
      }
      texts.add(JsonStrings.decode(buf, elements.valueOffset(), elements.valueLength()));
    }
    return texts;
  }

  /// @return `missing` when there is none
  /// @throws RequestException `BAD_REQUEST` unless it is true or false
  boolean bool(String name, boolean missing) {
    if (!has(name)) {
      return missing;
    }
    byte first = first(name);
    if (first != 't' && first != 'f') {
      throw bad(name, "not a boolean", "true or false");
    }
    return first == 't';
  }

  /// @return 0 when there is none
  /// @throws RequestException `BAD_REQUEST` unless it is a whole number from 1 to `most`
  long count(String name, long most) {
    if (!has(name)) {
      return 0;
    }
    long value = 0;
    for (int i = offset(name); i < offset(name) + length(name); i++) {
      int digit = buf.getByte(i) - '0';
      if (digit < 0 || digit > 9 || value > most) {
        value = 0;
        break;
      }
      value = value * 10 + digit;
    }
    if (value == 0 || value > most) {
      throw bad(name, "out of range", "a whole number, 1-" + most);
    }
    return value;
  }

  /// The value as compact JSON.
  byte[] compact(String name) {
    int offset = offset(name);
    int length = length(name);
    if (compact) {
      return ByteBufUtil.getBytes(buf, offset, length);
    }
    ByteBuf out = Unpooled.buffer(length);
    JsonScanner.compact(buf, offset, length, out);
    return ByteBufUtil.getBytes(out);
  }

  static RequestException bad(String name, String found, String expected) {
    return new RequestException(
        ErrorCode.BAD_REQUEST, name + ": " + found + " (expected: " + expected + ")");
  }
}
