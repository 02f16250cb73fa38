package io.pushrod.codec.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/// Writes down what a parser says.
final class Recorder implements WebSocketListener {
  final List<String> heard = new ArrayList<>();

  @Override
  public void onText(ByteBuf buf, int offset, int length) {
    heard.add("text " + buf.toString(offset, length, UTF_8));
  }

  @Override
  public void onBinary(ByteBuf buf, int offset, int length) {
    heard.add("binary " + ByteBufUtil.hexDump(buf, offset, length));
  }

  @Override
  public void onPing(ByteBuf buf, int offset, int length) {
    heard.add("ping " + buf.toString(offset, length, UTF_8));
  }

  @Override
  public void onPong(ByteBuf buf, int offset, int length) {
    heard.add("pong " + buf.toString(offset, length, UTF_8));
  }

  @Override
  public void onClose(int code, String reason) {
    heard.add("close " + code + " " + reason);
  }
}
