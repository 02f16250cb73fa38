package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A value in checked JSON: a range of its text, of which nothing is copied until it is asked for.
///
/// **Thread:** one at a time; of use as long as its buffer.
final class Node {
  private static final int MAX_ELEMENTS = 10_000;

  private final ByteBuf buf;
  private final int offset;
  private final int length;

  private Node(ByteBuf buf, int offset, int length) {
    this.buf = buf;
    this.offset = offset;
    this.length = length;
  }

  /// @param buf only read; has to stay as it is
  /// @throws RequestException `BAD_JSON` or `BAD_UTF8`
  static Node parse(ByteBuf buf) {
    int from = buf.readerIndex();
    int end = buf.writerIndex();
    var _ = JsonScanner.check("body", buf, from, end - from);
    while (isSpace(buf.getByte(from))) {
      from++;
    }
    while (isSpace(buf.getByte(end - 1))) {
      end--;
    }
    return new Node(buf, from, end - from);
  }

  static Node parse(String json) {
    return parse(Unpooled.wrappedBuffer(json.getBytes(UTF_8)));
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  boolean isObject() {
    return buf.getByte(offset) == '{';
  }

  boolean isArray() {
    return buf.getByte(offset) == '[';
  }

  boolean isText() {
    return buf.getByte(offset) == '"';
  }

  boolean isTrue() {
    return buf.getByte(offset) == 't';
  }

  /// The last member of that name, unless it is null; null too when this is no object.
  @Nullable Node member(String name) {
    if (!isObject()) {
      return null;
    }
    Node found = null;
    JsonMembers members = new JsonMembers().reset(buf, offset, length);
    while (members.next()) {
      String each = JsonStrings.decode(buf, members.nameOffset() - 1, members.nameLength() + 2);
      if (each.equals(name)) {
        found = new Node(buf, members.valueOffset(), members.valueLength());
      }
    }
    return found == null || found.buf.getByte(found.offset) == 'n' ? null : found;
  }

  /// The first of these members that is there.
  @Nullable Node member(String name, String other) {
    Node first = member(name);
    return first == null ? member(other) : first;
  }

  /// The text of a member; null when it is none, or empty.
  @Nullable String text(String name) {
    Node found = member(name);
    String text = found == null || !found.isText() ? "" : found.text().strip();
    return text.isEmpty() ? null : text;
  }

  /// The text of a member as it is; empty when it is none.
  String exact(String name) {
    Node found = member(name);
    return found == null || !found.isText() ? "" : found.text();
  }

  /// A member of at most 18 digits; 0 when it is none.
  long number(String name) {
    Node found = member(name);
    String digits = found == null ? "" : found.json();
    return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 0;
  }

  /// What the text means. Only for one.
  String text() {
    return JsonStrings.decode(buf, offset, length);
  }

  /// The elements of an array, none of anything else; no more than 10,000.
  List<Node> elements() {
    List<Node> all = new ArrayList<>();
    if (isArray()) {
      JsonElements elements = new JsonElements(buf, offset, length);
      while (elements.next() && all.size() < MAX_ELEMENTS) {
        all.add(new Node(buf, elements.valueOffset(), elements.valueLength()));
      }
    }
    return all;
  }

  /// Its JSON on one line.
  String json() {
    ByteBuf out = Unpooled.buffer(length);
    JsonScanner.compact(buf, offset, length, out);
    return out.toString(UTF_8);
  }
}
