package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.codec.websocket.WebSocketListener;
import io.pushrod.codec.websocket.WebSocketParser;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.surface.NativeHandler;
import org.jspecify.annotations.Nullable;

/// Frames in, messages out; the only handler of an upgraded channel.
///
/// **Thread:** the channel's event loop.
final class WebSocketHandler extends NativeHandler<WebSocketConnection>
    implements WebSocketListener {
  private static final ConnectionLog LOG = ConnectionLog.of(WebSocketHandler.class);

  /// Only while a frame or a message is incomplete, so that an idle connection holds none.
  private @Nullable WebSocketParser parser;

  WebSocketHandler(WebSocketConnection connection) {
    super(connection);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      read(in);
    } finally {
      in.release();
    }
  }

  /// Parses what the peer sent; the bytes stay the caller's.
  void read(ByteBuf in) {
    if (connection.isClosing()) {
      return;
    }
    WebSocketParser current = parser;
    if (current == null) {
      current = connection.parser();
      parser = current;
    }
    try {
      current.parse(in, this);
      if (!current.isIncomplete()) {
        parser = null;
      }
    } catch (ProtocolException e) {
      LOG.refused(connection.channel(), String.valueOf(e.getMessage()));
      if (e.reason() == CloseReason.FRAME_TOO_BIG) {
        connection.metrics().count(Counter.LIMIT_CLIENT_FRAME_BYTES);
      } else if (e.reason() == CloseReason.POLICY) {
        connection.metrics().count(Counter.LIMIT_CLIENT_FRAGMENTS);
      }
      connection.close(e.reason());
    }
  }

  @Override
  public void onText(ByteBuf buf, int offset, int length) {
    if (!connection.isClosing()) {
      connection.heard();
      connection.onText(buf, offset, length);
    }
  }

  @Override
  public void onBinary(ByteBuf buf, int offset, int length) {
    if (!connection.isClosing()) {
      connection.heard();
      connection.onBinary(buf, offset, length);
    }
  }

  @Override
  public void onPing(ByteBuf buf, int offset, int length) {
    connection.heard();
    ByteBuf pong = connection.channel().alloc().directBuffer(length + 2);
    WebSocketFrames.writePong(pong, buf, offset, length);
    connection.send(pong);
  }

  @Override
  public void onPong(ByteBuf buf, int offset, int length) {
    connection.heard();
  }

  @Override
  public void onClose(int code, String text) {
    connection.onPeerClose(code);
  }

  @Override
  protected void release() {
    if (parser != null) {
      parser.release();
    }
    connection.released();
  }
}
