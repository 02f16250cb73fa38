package io.pushrod.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.Digits;
import org.jspecify.annotations.Nullable;

/// Appends one object to a buffer, member by member, compact. Names are ASCII that needs no escape.
///
/// Between two calls the caller may append a value of its own, after [#name].
public final class JsonObjectWriter {
  private final ByteBuf out;
  private boolean first;

  /// Opens the object.
  public JsonObjectWriter(ByteBuf out) {
    this(out.writeByte('{'), true);
  }

  private JsonObjectWriter(ByteBuf out, boolean first) {
    this.out = out;
    this.first = first;
  }

  /// Goes on with an object that has members already.
  public static JsonObjectWriter resume(ByteBuf out) {
    return new JsonObjectWriter(out, false);
  }

  /// Begins a member, whose value the caller appends.
  public JsonObjectWriter name(String name) {
    if (!first) {
      out.writeByte(',');
    }
    first = false;
    out.writeByte('"');
    ByteBufUtil.writeAscii(out, name);
    out.writeByte('"').writeByte(':');
    return this;
  }

  public JsonObjectWriter text(String name, CharSequence value) {
    name(name);
    JsonStrings.write(out, value);
    return this;
  }

  public JsonObjectWriter number(String name, long value) {
    name(name);
    Digits.writeDecimal(out, value);
    return this;
  }

  public JsonObjectWriter bool(String name, boolean value) {
    return raw(name, value ? "true" : "false");
  }

  /// A member whose value is JSON already; null writes no member.
  public JsonObjectWriter raw(String name, @Nullable CharSequence json) {
    if (json != null) {
      name(name);
      ByteBufUtil.writeUtf8(out, json);
    }
    return this;
  }

  /// Closes the object.
  public void end() {
    out.writeByte('}');
  }
}
