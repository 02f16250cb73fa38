package io.pushrod.server.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The members of one JSON object, compact; of two with one name the later one counts.
///
/// **Thread:** one.
final class Fields {
  private static final double LAST_MILLIS = 253_402_300_799_999.0;

  private final Map<String, String> values = new LinkedHashMap<>();

  private Fields(ByteBuf json, int length) {
    JsonMembers members = new JsonMembers().reset(json, 0, length);
    while (members.next()) {
      values.put(
          JsonStrings.decode(json, members.nameOffset() - 1, members.nameLength() + 2),
          json.toString(members.valueOffset(), members.valueLength(), UTF_8));
    }
  }

  /// @return null unless the text is one JSON object in UTF-8
  static @Nullable Fields of(byte[] text) {
    ByteBuf in = Unpooled.wrappedBuffer(text);
    try {
      boolean compact = JsonScanner.check(in, 0, text.length);
      return JsonMembers.isObject(in, 0, text.length) ? of(in, compact) : null;
    } catch (RequestException e) {
      return null;
    }
  }

  private static Fields of(ByteBuf in, boolean compact) {
    if (compact) {
      return new Fields(in, in.readableBytes());
    }
    ByteBuf out = Unpooled.buffer(in.readableBytes());
    JsonScanner.compact(in, 0, in.readableBytes(), out);
    return new Fields(out, out.readableBytes());
  }

  /// All members by their names, in order.
  Map<String, String> all() {
    return values;
  }

  /// A member's JSON; null when it is absent or null.
  @Nullable String json(String name) {
    String json = values.get(name);
    return json == null || json.equals("null") ? null : json;
  }

  /// A member that is a text; null for anything else.
  @Nullable String text(String name) {
    String json = values.get(name);
    return json == null || json.charAt(0) != '"' ? null : decoded(json);
  }

  private static String decoded(String json) {
    ByteBuf quoted = Unpooled.wrappedBuffer(json.getBytes(UTF_8));
    return JsonStrings.decode(quoted, 0, quoted.readableBytes());
  }

  /// A member that is an object; null for anything else.
  @Nullable Fields object(String name) {
    String json = values.get(name);
    return json == null || json.charAt(0) != '{' ? null : of(json.getBytes(UTF_8));
  }

  /// A member that is a number; 0 for anything else.
  double number(String name) {
    String json = values.get(name);
    boolean isNumber = json != null && "-0123456789".indexOf(json.charAt(0)) >= 0;
    return isNumber ? Double.parseDouble(json) : 0;
  }

  /// A time that an event may have: milliseconds since 1970 up to the year 9999; 0 for any other.
  static long time(double millis) {
    return millis >= 0 && millis <= LAST_MILLIS ? (long) millis : 0;
  }

  /// A member as an id in an event's fragment; empty unless it is a text that may be one.
  String id(IdField field, String name) {
    String value = text(name);
    return value == null ? "" : fragment(field, value);
  }

  /// An id in an event's fragment; empty unless it may be one.
  static String fragment(IdField field, String value) {
    return IdField.isValid(value) ? ",\"" + field.label() + "\":\"" + value + '"' : "";
  }
}
