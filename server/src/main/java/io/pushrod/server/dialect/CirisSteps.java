package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;

/// Renders events for clients of CIRIS' reasoning stream: `{"events":[…]}` named `step_update`. A
/// payload that has `events` is shown as that list, any other is its only element.
///
/// **Thread:** one shard.
public final class CirisSteps implements EventRenderer {
  private static final String GAP = "gap";

  private final NativeEvent event = new NativeEvent();
  private final DockrionJson json = new DockrionJson(event);

  @Override
  public boolean render(long epoch, long sequence, ByteBuf source, int offset, int length) {
    event.read(source, offset, length);
    json.begin();
    if (event.type().equals(GAP)) {
      json.text("type", GAP);
      json.rest();
    } else {
      json.name("events");
      if (event.find("events") && event.valueBegin() == '[') {
        event.appendValue(json.bytes());
      } else {
        json.bytes().writeByte('[');
        if (event.hasData()) {
          event.appendData(json.bytes());
        }
        json.bytes().writeByte(']');
      }
    }
    json.end();
    return true;
  }

  @Override
  public String name() {
    return event.type().equals(GAP) ? GAP : "step_update";
  }

  @Override
  public ByteBuf json() {
    return json.bytes();
  }
}
