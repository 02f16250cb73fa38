package io.pushrod.bench.readers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Door;
import io.pushrod.bench.run.Topics;
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
  private static final byte[] EVENT = Scan.ascii("{\"id\":\"");

  /// Of Centrifugo's replies to commands.
  private static final byte[] REPLY_ERROR = Scan.ascii("\"error\":{");

  /// Centrifugo's, which wants the same back.
  private static final byte[] PING = Scan.ascii("{}");

  private static final byte[] HEAD_END = Scan.ascii("\r\n\r\n");

  private static final byte[] TOPIC = Scan.ascii("\"topic\":\"");

  private final ReaderGroup group;
  private final Door door;
  private final int number;
  private final Tally tally;
  private final Place place;
  private final Life life;
  private final byte[] readyMark;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Framing framing;
  private byte[] rest = NONE;
  private boolean ready;
  private boolean ended;
  private boolean left;
  private int readyMarks;
  private int topicHint = -1;

  /// The sequence behind which this reader has arrived; 0 when it has, or nobody asks.
  private long until;

  private long nowNanos;

  /// @param number of the reader in its group
  /// @param place from which it goes on
  ReaderConnection(ReaderGroup group, Door door, int number, Tally tally, Place place, Life life) {
    this.group = group;
    this.door = door;
    this.number = number;
    this.tally = tally;
    this.readyMark = Scan.ascii(door.readyMark());
    this.place = place;
    this.life = life;
  }

  /// Tells its [Life] when it has the event of this sequence.
  void arriveAt(long sequence) {
    until = sequence;
  }

  /// Goes, which is no fault.
  ///
  /// @return false when it was gone already
  boolean leave() {
    if (ended || context == null || !context.channel().isActive()) {
      return false;
    }
    ended = true;
    left = true;
    context.close();
    return true;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    ctx.writeAndFlush(
        Unpooled.wrappedBuffer(Greeting.head(door, number, place.cursor())), ctx.voidPromise());
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
    boolean webSocket = door.transport() == Transport.WS;
    if (!head.startsWith(webSocket ? "HTTP/1.1 101 " : "HTTP/1.1 200 ")) {
      ended = true;
      life.onFailed("answer: " + head.lines().findFirst().orElse(""));
      return null;
    }
    byte[] messages = Greeting.messages(door, number, place.cursor());
    if (messages.length > 0) {
      send(messages);
    }
    if (readyMark.length == 0) {
      ready();
    }
    return webSocket
        ? new WebSocketFraming()
        : new SseFraming(head.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding: chunked"));
  }

  /// An event of ours begins with its id and is alone in its record; the first one of a run is the
  /// sign that its reader is in. Centrifugo may join several replies and pushes in one, each on a
  /// line of its own.
  @Override
  public void onText(byte[] bytes, int from, int to) {
    if (Scan.startsWith(bytes, from, to, EVENT)) {
      onEvent(bytes, from, to);
      if (!ready && Scan.after(bytes, from, to, readyMark, -1) >= 0) {
        ready();
      }
      return;
    }
    int start = from;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        onLine(bytes, start, i);
        start = i + 1;
      }
    }
    if (start < to) {
      onLine(bytes, start, to);
    }
  }

  private void onLine(byte[] bytes, int from, int to) {
    if (isError(bytes, from, to)) {
      life.onFailed(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    } else if (!ready && Scan.after(bytes, from, to, readyMark, -1) >= 0) {
      readyMarks++;
      if (readyMarks == door.readyMarks()) {
        ready();
      }
    } else if (to - from == PING.length && Scan.startsWith(bytes, from, to, PING)) {
      send(Greeting.maskedFrame(0x81, PING));
    } else if (!Scan.startsWith(bytes, from, to, CONTROL)) {
      onEvent(bytes, from, to);
    }
  }

  private boolean isError(byte[] bytes, int from, int to) {
    return Scan.startsWith(bytes, from, to, ERROR)
        || (!ready && Scan.after(bytes, from, to, REPLY_ERROR, -1) >= 0);
  }

  private void ready() {
    ready = true;
    life.onReady(this);
  }

  private void onEvent(byte[] bytes, int from, int to) {
    place.learn(bytes, from, to);
    long[] expected = place.expected;
    int mine = expected.length == 1 ? 0 : topic(bytes, from, to);
    if (mine < 0) {
      tally.malformed++;
      return;
    }
    EventCheck check = group.check(door.topics().of(number, mine), door);
    expected[mine] = check.onEvent(bytes, from, to, expected[mine], nowNanos, tally);
    if (until != 0 && expected[mine] > until) {
      until = 0;
      life.onArrived();
    }
  }

  /// Which of this reader's topics the event is of, or -1.
  private int topic(byte[] bytes, int from, int to) {
    int at = Scan.after(bytes, from, to, TOPIC, topicHint);
    if (at < 0) {
      return -1;
    }
    topicHint = at - from - TOPIC.length;
    Topics topics = door.topics();
    int of = (int) Scan.number(bytes, at + topics.prefix().length(), to);
    int mine = Math.floorMod(of - topics.of(number, 0), topics.count());
    return mine < place.expected.length ? mine : -1;
  }

  @Override
  public void onDeflated(byte[] bytes, int from, int to) {
    int length = group.inflate(bytes, from, to);
    if (length < 0) {
      onEnd(true);
    } else {
      onText(group.inflated(), 0, length);
    }
  }

  @Override
  public void onPing(byte[] bytes, int from, int to) {
    send(Greeting.maskedFrame(0x8A, Arrays.copyOfRange(bytes, from, to)));
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
    if (left) {
      return;
    }
    tally.closed++;
    if (!ready) {
      life.onFailed("connection: closed before it was subscribed");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      life.onFailed(cause.toString());
    }
    ctx.close();
  }
}
