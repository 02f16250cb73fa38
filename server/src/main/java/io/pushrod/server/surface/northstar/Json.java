package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One JSON value that a client sent: its members by name, as compact JSON. Of members with the
/// same name the last one counts.
///
/// @param text the whole value, compact
/// @param members of an object, in their order; empty for any other value
record Json(String text, Map<String, String> members) {
  static final Json EMPTY = new Json("{}", Map.of());

  Json {
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
  }

  /// @throws RequestException `BAD_JSON` or `BAD_UTF8`
  static Json parse(String what, ByteBuf buf, int offset, int length) {
    JsonScanner.check(what, buf, offset, length);
    ByteBuf compact = Unpooled.buffer(length);
    JsonScanner.compact(buf, offset, length, compact);
    return ofCompact(compact);
  }

  /// Of JSON that was checked before.
  private static Json of(String checked) {
    return ofCompact(Unpooled.wrappedBuffer(checked.getBytes(UTF_8)));
  }

  private static Json ofCompact(ByteBuf compact) {
    Map<String, String> members = new LinkedHashMap<>();
    int length = compact.readableBytes();
    if (JsonMembers.isObject(compact, 0, length)) {
      JsonMembers each = new JsonMembers().reset(compact, 0, length);
      while (each.next()) {
        members.put(
            JsonStrings.decode(compact, each.nameOffset() - 1, each.nameLength() + 2),
            compact.toString(each.valueOffset(), each.valueLength(), UTF_8));
      }
    }
    return new Json(compact.toString(UTF_8), members);
  }

  boolean isObject() {
    return text.startsWith("{");
  }

  boolean isArray() {
    return text.startsWith("[");
  }

  /// Whether a member is there and not null.
  boolean has(String name) {
    String value = members.get(name);
    return value != null && !value.equals("null");
  }

  /// A member as JSON; null when it is not there.
  @Nullable String raw(String name) {
    return members.get(name);
  }

  /// A text; null when it is not there, or no text.
  @Nullable String text(String name) {
    String value = members.get(name);
    return value != null && value.startsWith("\"") ? decoded(value) : null;
  }

  /// A member's own members; none when it is no object.
  Json object(String name) {
    String value = members.get(name);
    return value != null && value.startsWith("{") ? of(value) : EMPTY;
  }

  /// The elements of a member that is an array, or else of this value.
  List<Json> elements(String name) {
    String value = members.get(name);
    return value == null ? List.of() : elementsOf(value);
  }

  List<Json> elements() {
    return elementsOf(text);
  }

  private static List<Json> elementsOf(String array) {
    List<Json> all = new ArrayList<>();
    if (array.startsWith("[")) {
      ByteBuf json = Unpooled.wrappedBuffer(array.getBytes(UTF_8));
      JsonElements each = new JsonElements(json, 0, json.readableBytes());
      while (each.next()) {
        all.add(of(json.toString(each.valueOffset(), each.valueLength(), UTF_8)));
      }
    }
    return all;
  }

  /// The meaning of a value that is a text; null for any other.
  @Nullable String value() {
    return text.startsWith("\"") ? decoded(text) : null;
  }

  private static String decoded(String quoted) {
    ByteBuf json = Unpooled.wrappedBuffer(quoted.getBytes(UTF_8));
    return JsonStrings.decode(json, 0, json.readableBytes());
  }
}
