package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.json.JsonObjectWriter;

/// A piece of an answer as `{"delta":…,"index":…}`, whatever its publisher calls the text.
final class TokenChunk {
  private static final String[] TEXTS = {"delta", "text", "content", "token"};

  private TokenChunk() {}

  /// @param event has the piece in its `data`; the index is null when nobody counted
  static void append(NamedMembers event, ByteBuf out) {
    NamedMembers chunk = new NamedMembers("delta", "text", "content", "token", "index", "_routing");
    chunk.read(event, "data");
    JsonObjectWriter object = new JsonObjectWriter(out).name("delta");
    appendText(chunk, out);
    object.name("index");
    if (chunk.has("index")) {
      chunk.append("index", out);
    } else {
      ByteBufUtil.writeAscii(out, "null");
    }
    chunk.appendOthers(out);
    object.end();
  }

  private static void appendText(NamedMembers chunk, ByteBuf out) {
    for (String name : TEXTS) {
      if (chunk.begins(name, '"')) {
        chunk.append(name, out);
        return;
      }
    }
    out.writeByte('"').writeByte('"');
  }
}
