package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.support.Claim;

/// What fuzz targets claim of every renderer: whatever a payload holds becomes JSON on one line.
public final class RenderedEvent {
  private RenderedEvent() {}

  /// Renders the input as the payload of an event, if it is JSON.
  public static void claim(EventRenderer events, String type, byte[] payload) {
    ByteBuf in = Unpooled.wrappedBuffer(payload);
    ByteBuf event = Unpooled.buffer();
    event.writeCharSequence(
        "{\"id\":\"1z-7\",\"seq\":7,\"topic\":\"session/s\",\"type\":\""
            + type
            + "\",\"ts\":1795241760123,\"tenant_id\":\"acme\",\"env\":\"prod\",\"data\":",
        UTF_8);
    try {
      JsonScanner.check(in, 0, payload.length);
    } catch (RequestException e) {
      return;
    }
    JsonScanner.compact(in, 0, payload.length, event);
    event.writeByte('}');
    if (events.render(71, 7, event, 0, event.readableBytes())) {
      ByteBuf json = events.json();
      JsonScanner.check(json, json.readerIndex(), json.readableBytes());
      boolean hasLine = json.indexOf(json.readerIndex(), json.writerIndex(), (byte) '\n') >= 0;
      Claim.that(!hasLine, "one line");
      Claim.that(events.name().matches("[A-Za-z0-9_.:@/-]+"), "a name of an event");
    }
  }
}
