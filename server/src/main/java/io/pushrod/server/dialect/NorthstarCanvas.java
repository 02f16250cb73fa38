package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;

/// Names what happens on a canvas, and finds its payload.
///
/// A commit is an object of the canvas' own: it is called by its `type`, else by its `kind`, and is
/// shown whole, so that a `data` in it stays nested. It comes as the text of a message or as the
/// payload of a `canvas_commit`; any other event keeps its name and its payload.
final class NorthstarCanvas {
  private final NorthstarSource source;
  private final WrappedText object = new WrappedText();
  private final ByteBuf scratch = Unpooled.buffer(512);

  NorthstarCanvas(NorthstarSource source) {
    this.source = source;
  }

  /// Appends the payload of the event that the source has read.
  ///
  /// @return what the event is called
  String render(ByteBuf out) {
    if (source.isMessage()) {
      return ofText(String.valueOf(source.message.text("text")), out);
    }
    scratch.clear();
    if (source.payload.isObject()) {
      NorthstarEvents.appendOthers(source.payload, scratch);
    } else {
      JsonObjectWriter raw = new JsonObjectWriter(scratch).name("raw");
      if (source.top.has("data")) {
        source.top.append("data", scratch);
      } else {
        scratch.writeBytes(new byte[] {'n', 'u', 'l', 'l'});
      }
      raw.end();
    }
    out.writeBytes(scratch, 0, scratch.readableBytes());
    if (!source.type().equals("canvas_commit")) {
      return source.type();
    }
    object.read(scratch, 0, scratch.readableBytes());
    return object.kind();
  }

  private String ofText(String text, ByteBuf out) {
    if (object.read(text)) {
      object.append(out);
      return object.kind();
    }
    new JsonObjectWriter(out).text("raw", text).end();
    return "canvas_commit";
  }
}
