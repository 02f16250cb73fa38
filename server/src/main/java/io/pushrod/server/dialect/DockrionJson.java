package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import java.util.ArrayList;
import java.util.List;

/// Writes one object field by field out of the payload of a native event. A field is found under
/// its own name or else under one of the names given beside it.
final class DockrionJson {
  private static final String NULL = "null";
  private static final int MAX_NUMBER_CHARS = 64;

  private final NativeEvent event;
  private final ByteBuf bytes = Unpooled.buffer(1024);

  /// Names that were written, or stand under another name: none is written again.
  private final List<String> used = new ArrayList<>();

  private JsonObjectWriter out = JsonObjectWriter.resume(bytes);

  DockrionJson(NativeEvent event) {
    this.event = event;
  }

  void begin() {
    bytes.clear();
    used.clear();
    out = new JsonObjectWriter(bytes);
  }

  void end() {
    out.end();
  }

  ByteBuf bytes() {
    return bytes;
  }

  /// No member of the payload is written under that name.
  void reserve(String name) {
    used.add(name);
  }

  /// Begins a field, whose value the caller appends.
  void name(String name) {
    out.name(name);
    used.add(name);
  }

  void text(String name, String ascii) {
    beginText(name);
    ByteBufUtil.writeAscii(bytes, ascii);
    endText();
  }

  /// Begins a field, whose text the caller appends; it needs no escape.
  void beginText(String name) {
    name(name);
    bytes.writeByte('"');
  }

  void endText() {
    bytes.writeByte('"');
  }

  void number(String name, long value) {
    out.number(name, value);
    used.add(name);
  }

  /// The whole payload, an empty object if there is none.
  void payload(String name) {
    name(name);
    if (event.hasData()) {
      event.appendData(bytes);
    } else {
      ByteBufUtil.writeAscii(bytes, "{}");
    }
  }

  void orNull(String name, String... otherwise) {
    value(name, NULL, otherwise);
  }

  void orEmptyText(String name, String... otherwise) {
    value(name, "\"\"", otherwise);
  }

  void orEmptyObject(String name) {
    value(name, "{}");
  }

  void orEmptyArray(String name) {
    value(name, "[]");
  }

  private void value(String name, String absent, String... otherwise) {
    boolean found = find(name, otherwise);
    name(name);
    if (found && (event.valueBegin() != 'n' || absent.equals(NULL))) {
      event.appendValue(bytes);
    } else {
      ByteBufUtil.writeAscii(bytes, absent);
    }
  }

  private boolean find(String name, String... otherwise) {
    boolean found = event.find(name);
    for (String other : otherwise) {
      if (!found && event.find(other)) {
        found = true;
        used.add(other);
      }
    }
    return found;
  }

  /// Writes the field only if the payload has it.
  boolean ifThere(String name) {
    boolean found = event.find(name);
    if (found) {
      name(name);
      event.appendValue(bytes);
    }
    return found;
  }

  /// A number from 0 to 1: what lies outside is the nearer of them, what is no number 0.
  void fraction(String name) {
    boolean found = event.find(name);
    name(name);
    if (found) {
      appendFraction();
    } else {
      ByteBufUtil.writeAscii(bytes, "0.0");
    }
  }

  private void appendFraction() {
    byte begin = event.valueBegin();
    boolean number = begin == '-' || (begin >= '0' && begin <= '9');
    String text = number ? event.valueText() : "";
    double value = number && text.length() <= MAX_NUMBER_CHARS ? Double.parseDouble(text) : 0;
    if (value > 1) {
      ByteBufUtil.writeAscii(bytes, "1.0");
    } else if (value > 0) {
      ByteBufUtil.writeAscii(bytes, text);
    } else {
      ByteBufUtil.writeAscii(bytes, "0.0");
    }
  }

  /// The members of the payload that have not been used; a payload that is no object as `data`.
  void rest() {
    if (!event.beginMembers()) {
      if (event.hasData() && !used.contains("data")) {
        payload("data");
      }
      return;
    }
    while (event.nextMember()) {
      if (!isUsed()) {
        bytes.writeByte(',');
        event.appendMember(bytes);
      }
    }
  }

  private boolean isUsed() {
    for (String name : used) {
      if (event.isNamed(name)) {
        return true;
      }
    }
    return false;
  }
}
