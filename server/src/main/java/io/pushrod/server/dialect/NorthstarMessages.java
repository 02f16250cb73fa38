package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;

/// Renders events as the oldest Northstar clients know them:
/// `{"event":"message","data":<Message>}`.
///
/// What is not stored does not exist for them, but for a gap.
///
/// **Thread:** one shard.
public final class NorthstarMessages implements EventRenderer {
  private final NorthstarMessage message = new NorthstarMessage();
  private final ByteBuf json = Unpooled.buffer(1024);

  @Override
  public boolean render(long epoch, long sequence, ByteBuf source, int offset, int length) {
    if (sequence < 0) {
      return false;
    }
    json.clear();
    JsonObjectWriter frame = new JsonObjectWriter(json).text("event", "message").name("data");
    message.append(epoch, sequence, source, offset, length, json);
    frame.end();
    return true;
  }

  @Override
  public void writeId(ByteBuf out) {
    ByteBufUtil.writeAscii(out, message.id());
  }

  @Override
  public String name() {
    return "message";
  }

  @Override
  public ByteBuf json() {
    return json;
  }
}
