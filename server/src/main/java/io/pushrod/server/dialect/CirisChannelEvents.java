package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import java.util.Map;

/// Renders events for one client of CIRIS' channels: `{"channel","event_type","timestamp","data",
/// "sequence"}`. The sequence counts the frames of the connection from 1, over all channels: the
/// client takes a number that is skipped for a loss.
///
/// **Thread:** one shard.
public final class CirisChannelEvents implements EventRenderer {
  private final Map<String, String> channels;
  private final NativeEvent event = new NativeEvent();
  private final DockrionJson json = new DockrionJson(event);
  private long count;

  /// @param channels by the topics that they show
  public CirisChannelEvents(Map<String, String> channels) {
    this.channels = Map.copyOf(channels);
  }

  @Override
  public boolean render(long epoch, long sequence, ByteBuf source, int offset, int length) {
    event.read(source, offset, length);
    json.begin();
    json.text("channel", channel());
    json.text("event_type", event.type());
    json.beginText("timestamp");
    IsoTime.append(json.bytes(), event.timestampMillis(), "Z");
    json.endText();
    data();
    json.number("sequence", ++count);
    json.end();
    return true;
  }

  /// An event whose type is a part of the channel, as `agent.state` is of `agent`, comes on that.
  private String channel() {
    String channel = channels.getOrDefault(event.topic(), "");
    return event.type().startsWith(channel + ".") ? event.type() : channel;
  }

  /// Always an object.
  private void data() {
    if (event.hasObject() || !event.hasData()) {
      json.payload("data");
    } else {
      json.name("data");
      json.bytes().writeBytes(new byte[] {'{', '"', 'v', 'a', 'l', 'u', 'e', '"', ':'});
      event.appendData(json.bytes());
      json.bytes().writeByte('}');
    }
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
