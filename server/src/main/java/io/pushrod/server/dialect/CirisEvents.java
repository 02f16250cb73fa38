package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;

/// Renders events for clients of CIRIS' streams: `{"type","timestamp","data"}`, the payload as the
/// producer wrote it.
///
/// **Thread:** one shard.
public final class CirisEvents implements EventRenderer {
  private final NativeEvent event = new NativeEvent();
  private final DockrionJson json = new DockrionJson(event);

  @Override
  public boolean render(long epoch, long sequence, ByteBuf source, int offset, int length) {
    event.read(source, offset, length);
    json.begin();
    json.text("type", event.type());
    json.beginText("timestamp");
    IsoTime.append(json.bytes(), event.timestampMillis(), "Z");
    json.endText();
    json.payload("data");
    json.end();
    return true;
  }

  @Override
  public String name() {
    return event.type();
  }

  @Override
  public ByteBuf json() {
    return json.bytes();
  }
}
