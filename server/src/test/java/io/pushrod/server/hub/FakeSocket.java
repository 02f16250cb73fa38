package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.ring.Kernel;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.SocketWriter;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.session.Subscription;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A socket that takes as many bytes as a test grants it, and the connection on it.
class FakeSocket extends EmbeddedChannel {
  /// Writes to fake sockets, each in its own way.
  static final SocketWriter WRITER =
      (connection, bytes, view, offset, length) -> {
        FakeSocket socket = (FakeSocket) connection.channel();
        return socket.direct
            ? socket.take(bytes, offset, length)
            : SocketWriters.NETTY.write(connection, bytes, view, offset, length);
      };

  private final ByteBuf received = Unpooled.buffer();
  private final boolean direct;
  private long room = Long.MAX_VALUE;

  private FakeSocket(boolean direct) {
    this.direct = direct;
    config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
  }

  /// A socket that has a descriptor, so that a ring may write to it.
  static final class Described extends FakeSocket implements UnixChannel {
    private final Socket descriptor = Socket.newSocketStream();
    private boolean broken;

    private Described() {
      super(true);
    }

    @Override
    public Socket fd() {
      return descriptor;
    }

    @Override
    protected void doClose() throws Exception {
      descriptor.close();
      super.doClose();
    }

    /// Answers a send.
    int send(MemorySegment bytes) {
      if (broken) {
        return -32;
      }
      ByteBuf wrapped = Unpooled.wrappedBuffer(bytes.asByteBuffer());
      int taken = take(wrapped, 0, wrapped.readableBytes());
      return taken == 0 ? -Kernel.EAGAIN : taken;
    }
  }

  static FakeConnection connectDescribed(Shard shard) {
    return connect(shard, new Described());
  }

  /// @param direct whether shared bytes go below Netty's buffer, as they do with epoll
  static FakeConnection connect(Shard shard, boolean direct) {
    return connect(shard, new FakeSocket(direct));
  }

  private static FakeConnection connect(Shard shard, FakeSocket socket) {
    FakeConnection connection = new FakeConnection(socket, shard);
    socket.pipeline().addLast(new Handler(shard, connection));
    return connection;
  }

  final int take(ByteBuf bytes, int offset, int length) {
    int taken = (int) Math.min(room, length);
    received.writeBytes(bytes, offset, taken);
    room -= taken;
    return taken;
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) {
    while (in.current() instanceof ByteBuf bytes) {
      int length = bytes.readableBytes();
      int taken = take(bytes, bytes.readerIndex(), length);
      in.removeBytes(taken);
      if (taken < length) {
        return;
      }
    }
  }

  private static final class Handler extends ChannelInboundHandlerAdapter {
    private final Shard shard;
    private final FakeConnection connection;

    Handler(Shard shard, FakeConnection connection) {
      this.shard = shard;
      this.connection = connection;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) {
        shard.onWritable(connection);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      shard.loop().execute(this::closed);
    }

    private void closed() {
      shard.onClosed(connection, CloseReason.NORMAL);
    }
  }

  /// What a test holds.
  static final class FakeConnection extends Connection {
    private final FakeSocket socket;

    /// How often it was told that it has all of a log.
    int sealed;

    private FakeConnection(FakeSocket socket, Shard shard) {
      super(socket, shard);
      this.socket = socket;
    }

    @Override
    public void onSealed(Subscription subscription) {
      sealed++;
    }

    /// The peer reads nothing more.
    void stall() {
      socket.room = 0;
    }

    /// The peer is gone, which the next send finds out.
    void breakDown() {
      ((Described) socket).broken = true;
    }

    /// The peer reads so many bytes more.
    void grant(long bytes) {
      socket.room = bytes;
      socket.flush();
    }

    /// The JSON of the whole frames that arrived.
    List<String> texts() {
      List<String> texts = new ArrayList<>();
      ByteBuf in = socket.received;
      int at = 0;
      while (at + 2 <= in.writerIndex()) {
        int header = FrameLayout.headerLength(in, at);
        if (in.getByte(at) != (byte) 0x81) {
          throw new AssertionError("frame at " + at + ": broken (expected: text)");
        }
        if (at + header > in.writerIndex()) {
          break;
        }
        int length =
            header == 2
                ? in.getByte(at + 1)
                : header == 4 ? in.getUnsignedShort(at + 2) : (int) in.getLong(at + 2);
        if (at + header + length > in.writerIndex()) {
          break;
        }
        texts.add(in.toString(at + header, length, UTF_8));
        at += header + length;
      }
      return texts;
    }

    void send(String json) {
      send(frame(json));
    }

    boolean isOpen() {
      return socket.isOpen();
    }

    private static ByteBuf frame(String json) {
      ByteBuf text = Unpooled.copiedBuffer(json, UTF_8);
      ByteBuf frame = Unpooled.directBuffer(text.readableBytes() + 10);
      WebSocketFrames.writeText(frame, text, 0, text.readableBytes());
      return frame;
    }

    @Override
    public Transport transport() {
      return Transport.WEBSOCKET;
    }

    @Override
    protected long onHeartbeat(long nowNanos) {
      return NEVER;
    }

    @Override
    protected @Nullable ByteBuf goodbye(CloseReason reason) {
      return frame("{\"op\":\"close\",\"reason\":\"" + reason + "\"}");
    }
  }
}
