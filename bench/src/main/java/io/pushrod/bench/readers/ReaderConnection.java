package io.pushrod.bench.readers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pushrod.bench.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One reader: asks, subscribes, and checks all that comes.
///
/// **Thread:** the readers' event loop.
final class ReaderConnection extends ChannelInboundHandlerAdapter implements Records {
  private static final byte[] NONE = {};
  private static final byte[] CONTROL = Scan.ascii("{\"op\":");
  private static final byte[] ERROR = Scan.ascii("{\"op\":\"error\"");
  private static final byte[] HEAD_END = Scan.ascii("\r\n\r\n");

  private final ReaderGroup group;
  private final Request request;
  private final Tally tally;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Framing framing;
  private byte[] rest = NONE;
  private boolean ready;
  private boolean ended;
  private long expected;
  private long nowNanos;

  ReaderConnection(ReaderGroup group, Request request, Tally tally) {
    this.group = group;
    this.request = request;
    this.tally = tally;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    ctx.writeAndFlush(Unpooled.wrappedBuffer(request.head()), ctx.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    int length = rest.length + buffer.readableBytes();
    byte[] bytes = group.scratch(length);
    System.arraycopy(rest, 0, bytes, 0, rest.length);
    buffer.readBytes(bytes, rest.length, length - rest.length);
    buffer.release();
    nowNanos = System.nanoTime();
    tally.reads++;
    tally.wireBytes += length - rest.length;
    int used = ended ? length : feed(bytes, length);
    rest = used == length ? NONE : Arrays.copyOfRange(bytes, used, length);
  }

  private int feed(byte[] bytes, int length) {
    int from = 0;
    Framing frames = framing;
    if (frames == null) {
      from = Scan.after(bytes, 0, length, HEAD_END, -1);
      if (from < 0) {
        return 0;
      }
      frames = onAnswer(new String(bytes, 0, from, StandardCharsets.ISO_8859_1));
      if (frames == null) {
        return length;
      }
      framing = frames;
    }
    return frames.feed(bytes, from, length, this);
  }

  private @Nullable Framing onAnswer(String head) {
    boolean webSocket = request.transport() == Transport.WS;
    if (!head.startsWith(webSocket ? "HTTP/1.1 101 " : "HTTP/1.1 200 ")) {
      ended = true;
      group.onFailed("answer: " + head.lines().findFirst().orElse(""));
      return null;
    }
    byte[] subscribe = request.subscribe();
    if (subscribe.length > 0) {
      send(subscribe);
    }
    return webSocket
        ? new WebSocketFraming()
        : new SseFraming(head.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding: chunked"));
  }

  @Override
  public void onText(byte[] bytes, int from, int to) {
    if (!Scan.startsWith(bytes, from, to, CONTROL)) {
      expected = group.check.onEvent(bytes, from, to, expected, nowNanos, tally);
    } else if (Scan.startsWith(bytes, from, to, ERROR)) {
      group.onFailed(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    } else if (!ready && Scan.after(bytes, from, to, request.readyMark(), -1) >= 0) {
      ready = true;
      group.onReady();
    }
  }

  @Override
  public void onPing(byte[] bytes, int from, int to) {
    send(Request.maskedFrame(0x8A, Arrays.copyOfRange(bytes, from, to)));
  }

  @Override
  public void onEnd(boolean malformed) {
    ended = true;
    tally.malformed += malformed ? 1 : 0;
    if (context != null) {
      context.close();
    }
  }

  private void send(byte[] bytes) {
    if (context != null) {
      context.writeAndFlush(Unpooled.wrappedBuffer(bytes), context.voidPromise());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    tally.closed++;
    if (!ready) {
      group.onFailed("connection: closed before it was subscribed");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      group.onFailed(cause.toString());
    }
    ctx.close();
  }
}
