package io.pushrod.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;

/// The bytes as a log stores them, which is what WebSocket readers get.
public enum StoredFormat implements EventFormat {
  INSTANCE;

  @Override
  public boolean isLogForm() {
    return true;
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    out.writeBytes(source, offset, length);
  }
}
