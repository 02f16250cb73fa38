package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.session.EventFormat;

/// How a stream carries what it says. As the format of a stream of one topic it gives each event
/// its cursor as id.
///
/// **Thread:** the shard.
abstract class SseFormat implements EventFormat {
  private final boolean chunked;

  /// @param chunked whether each piece is one HTTP/1.1 chunk. HTTP/1.0 peers, nginx's default among
  ///   them, know none: the end of the connection ends their body
  SseFormat(boolean chunked) {
    this.chunked = chunked;
  }

  final boolean isChunked() {
    return chunked;
  }

  /// The status line and the headers that say how the body is made, each with its CRLF.
  String startLines() {
    return chunked ? "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n" : "HTTP/1.0 200 OK\r\n";
  }

  /// What the body begins with.
  void begin(ByteBuf out) {}

  /// Appends an event under an id.
  abstract void appendUnder(
      ByteBuf out, String id, long sequence, ByteBuf source, int offset, int length);

  /// Appends a text as it is; it stays the caller's.
  abstract void wrap(ByteBuf out, ByteBuf text);

  /// Appends the text of a whole event, made smaller where that pays; it stays the caller's.
  void pack(ByteBuf out, ByteBuf text) {
    wrap(out, text);
  }

  /// The heartbeat, shared by all.
  abstract ByteBuf comment();

  /// What the body ends with.
  final void end(ByteBuf out) {
    if (chunked) {
      SseWriter.writeLastChunk(out);
    }
  }

  final void beginPiece(ByteBuf out, int length) {
    if (chunked) {
      SseWriter.beginChunk(out, length);
    }
  }

  final void endPiece(ByteBuf out) {
    if (chunked) {
      SseWriter.endChunk(out);
    }
  }

  @Override
  public final boolean isLogForm() {
    return false;
  }
}
