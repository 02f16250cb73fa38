package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonStrings;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Where the members of one JSON object lie that have certain names. Of members with the same name
/// the last one counts, as in browsers.
///
/// They are ranges of the buffer that was given last; nothing is copied.
final class NamedMembers {
  private final String[] names;
  private final byte[][] spelled;
  private final int[] offsets;
  private final int[] lengths;
  private final JsonMembers members = new JsonMembers();
  private ByteBuf json = Unpooled.EMPTY_BUFFER;
  private int offset;
  private int length;

  NamedMembers(String... names) {
    this.names = names;
    this.spelled = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      spelled[i] = names[i].getBytes(US_ASCII);
    }
    this.offsets = new int[names.length];
    this.lengths = new int[names.length];
  }

  /// Finds the members of a checked value, which has none unless it is an object.
  void read(ByteBuf source, int from, int bytes) {
    json = source;
    offset = from;
    length = bytes;
    Arrays.fill(lengths, 0);
    if (!JsonMembers.isObject(source, from, bytes)) {
      length = 0;
      return;
    }
    members.reset(source, from, bytes);
    while (members.next()) {
      int known = index();
      if (known >= 0) {
        offsets[known] = members.valueOffset();
        lengths[known] = members.valueLength();
      }
    }
  }

  /// Finds the members of a member of another object.
  void read(NamedMembers of, String name) {
    if (of.has(name)) {
      int i = of.place(name);
      read(of.json, of.offsets[i], of.lengths[i]);
    } else {
      forget();
    }
  }

  /// There is no object.
  void forget() {
    length = 0;
    Arrays.fill(lengths, 0);
  }

  private int index() {
    for (int i = 0; i < spelled.length; i++) {
      if (members.nameEquals(spelled[i])) {
        return i;
      }
    }
    return -1;
  }

  private int place(String name) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException("name: " + name + " (expected: one of those looked for)");
  }

  boolean isObject() {
    return length > 0;
  }

  boolean has(String name) {
    return lengths[place(name)] > 0;
  }

  /// Whether the member is there and begins like this: `"` for a text, `{` for an object.
  boolean begins(String name, char with) {
    int i = place(name);
    return lengths[i] > 0 && json.getByte(offsets[i]) == with;
  }

  /// The meaning of a text; null when the member is not there, or no text.
  @Nullable String text(String name) {
    int i = place(name);
    return begins(name, '"') ? JsonStrings.decode(json, offsets[i], lengths[i]) : null;
  }

  /// A whole number of at most 18 digits; 0 for anything else.
  long number(String name) {
    int i = place(name);
    long number = 0;
    for (int at = offsets[i]; at < offsets[i] + lengths[i]; at++) {
      byte digit = json.getByte(at);
      if (digit < '0' || digit > '9' || lengths[i] > 18) {
        return 0;
      }
      number = number * 10 + (digit - '0');
    }
    return number;
  }

  /// Appends the value as it stands.
  void append(String name, ByteBuf out) {
    int i = place(name);
    out.writeBytes(json, offsets[i], lengths[i]);
  }

  /// Appends the members with other names, each with a comma before it.
  void appendOthers(ByteBuf out) {
    if (length == 0) {
      return;
    }
    members.reset(json, offset, length);
    while (members.next()) {
      if (index() < 0) {
        int from = members.nameOffset() - 1;
        out.writeByte(',');
        out.writeBytes(json, from, members.valueOffset() + members.valueLength() - from);
      }
    }
  }
}
