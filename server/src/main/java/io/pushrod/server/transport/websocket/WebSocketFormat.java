package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;

/// One text frame per event, as the log stores it.
enum WebSocketFormat implements EventFormat {
  TEXT;

  @Override
  public boolean isLogForm() {
    return true;
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    WebSocketFrames.writeText(out, source, offset, length);
  }
}
