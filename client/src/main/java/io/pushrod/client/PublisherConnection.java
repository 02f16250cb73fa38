package io.pushrod.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Ack;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection of a publisher, from its hello to its end. Nobody looks at the futures of single
/// writes: a write that fails is the end of the connection, which is seen there.
///
/// **Thread:** the publisher's loop.
@SuppressWarnings("FutureReturnValueIgnored")
final class PublisherConnection extends ByteToMessageDecoder {
  private static final int BATCH_BUFFER_BYTES = 8 << 10;

  /// What the publisher learns of its connection.
  interface Owner {
    void onReady(Welcome welcome);

    /// An ack has arrived.
    void onAcked();

    /// Everything was written that there is room for.
    void onWritten();

    /// A frame has arrived that is not a publisher's.
    ///
    /// @throws ProtocolException when it may not come
    void onOtherFrame(IngestFrame frame);

    /// The connection is over, without a goaway that says how to go on; called once, as is the
    /// other.
    ///
    /// @param fatal why not to come back, or null
    void onEnd(@Nullable PublisherClosed fatal);

    /// The connection is over because the server said goaway, and to come back.
    void onSentAway(Goaway goaway);
  }

  private enum State {
    GREETING,
    READY,
    /// Nothing is read or written any more; what remains is to close.
    OVER
  }

  private final Hello hello;
  private final ProducerStream stream;
  private final Owner owner;
  private final Duration welcomeTimeout;
  private final IngestDecoder decoder = new IngestDecoder(IngestFrame.DEFAULT_MAX_FRAME_BYTES);

  private State state = State.GREETING;
  private boolean writing;
  private boolean pinging;
  private long lastFrameNanos;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> timer;
  private @Nullable PublisherClosed fatal;

  /// What the server said when it sent us away and wants us back.
  private @Nullable Goaway sentAway;

  PublisherConnection(Hello hello, ProducerStream stream, Owner owner, Duration welcomeTimeout) {
    this.hello = hello;
    this.stream = stream;
    this.owner = owner;
    this.welcomeTimeout = welcomeTimeout;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    this.context = context;
    if (state == State.OVER) {
      context.close();
      return;
    }
    timer =
        context
            .executor()
            .schedule(this::abandon, welcomeTimeout.toMillis(), TimeUnit.MILLISECONDS);
    try {
      write(context, hello);
    } catch (IllegalArgumentException e) {
      end(new PublisherClosed(CloseReason.PROTOCOL_ERROR, String.valueOf(e.getMessage())));
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (state == State.OVER) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      IngestFrame frame = decoder.decode(in);
      if (frame != null) {
        lastFrameNanos = System.nanoTime();
        onFrame(context, frame);
      }
    } catch (ProtocolException e) {
      refuse(
          context, new PublisherClosed(e.reason(), "server broke the protocol: " + e.getMessage()));
    } catch (PublisherClosed e) {
      refuse(context, e);
    }
  }

  private void onFrame(ChannelHandlerContext context, IngestFrame frame) {
    switch (frame) {
      case Ack ack -> {
        ready(frame);
        stream.onAck(ack);
        owner.onAcked();
        pump();
      }
      case Reject reject -> {
        ready(frame);
        stream.onReject(reject);
      }
      case Window window -> {
        ready(frame);
        stream.onWindow(window);
        pump();
      }
      case Ping ping -> write(context, new Pong(ping.value()));
      case Pong _ -> pinging = false;
      case Welcome welcome -> onWelcome(context, welcome);
      case Goaway goaway -> onGoaway(goaway);
      case Request _, Grant _, Cancel _, Release _ -> {
        ready(frame);
        owner.onOtherFrame(frame);
      }
      case Hello _, Publish _, Consume _, Accept _, Refuse _, Renew _, Settle _, CancelAck _ ->
          throw unexpected(frame);
    }
  }

  private void ready(IngestFrame frame) {
    if (state != State.READY) {
      throw unexpected(frame);
    }
  }

  private void onWelcome(ChannelHandlerContext context, Welcome welcome) {
    if (state != State.GREETING) {
      throw unexpected(welcome);
    }
    state = State.READY;
    decoder.limit(welcome.maxFrameBytes());
    stream.onWelcome(welcome);
    cancelTimer();
    long checkMillis = Math.max(1, welcome.pingIntervalMillis() / 2);
    long intervalNanos = TimeUnit.MILLISECONDS.toNanos(welcome.pingIntervalMillis());
    timer =
        context
            .executor()
            .scheduleWithFixedDelay(
                () -> checkLiveness(context, intervalNanos),
                checkMillis,
                checkMillis,
                TimeUnit.MILLISECONDS);
    owner.onReady(welcome);
    pump();
  }

  private void onGoaway(Goaway goaway) {
    if (goaway.reconnect()) {
      sentAway = goaway;
    }
    end(
        goaway.reconnect()
            ? null
            : new PublisherClosed(
                goaway.reason(), "server said goaway " + goaway.code() + ": " + goaway.message()));
  }

  private void checkLiveness(ChannelHandlerContext context, long intervalNanos) {
    long silentNanos = System.nanoTime() - lastFrameNanos;
    if (silentNanos >= 3 * intervalNanos) {
      abandon();
    } else if (silentNanos >= intervalNanos && !pinging) {
      pinging = true;
      write(context, new Ping(lastFrameNanos));
    }
  }

  /// Writes what may be sent, one frame at a time: what is published while a write is pending goes
  /// into the next frame.
  void pump() {
    ChannelHandlerContext to = context;
    while (to != null && state == State.READY && !writing && stream.isSendable()) {
      ByteBuf out = to.alloc().ioBuffer(BATCH_BUFFER_BYTES);
      stream.fill(out);
      ChannelFuture write = to.writeAndFlush(out);
      if (!write.isDone()) {
        writing = true;
        write.addListener(
            _ -> {
              writing = false;
              pump();
            });
      }
    }
    if (state == State.READY) {
      owner.onWritten();
    }
  }

  /// Writes a frame behind all that was written, if the connection is ready.
  ///
  /// @return whether it is
  boolean send(IngestFrame frame) {
    ChannelHandlerContext to = context;
    if (to == null || state != State.READY) {
      return false;
    }
    write(to, frame);
    return true;
  }

  /// Says goodbye and closes. Nothing is unsettled, or nobody waits for it any more.
  void leave() {
    ChannelHandlerContext to = context;
    if (to != null && state != State.OVER) {
      refuse(to, new PublisherClosed(CloseReason.NORMAL, "publisher is closed"));
    }
    state = State.OVER;
  }

  /// Tells the server why we close, and closes.
  private void refuse(ChannelHandlerContext context, PublisherClosed cause) {
    state = State.OVER;
    fatal = cause;
    CloseReason reason = cause.reason() == null ? CloseReason.NORMAL : cause.reason();
    write(context, Goaway.of(reason)).addListener(ChannelFutureListener.CLOSE);
  }

  /// Closes a connection that gives no answer; the publisher comes back.
  private void abandon() {
    end(null);
  }

  private void end(@Nullable PublisherClosed cause) {
    state = State.OVER;
    fatal = cause;
    if (context != null) {
      context.close();
    }
  }

  private static ChannelFuture write(ChannelHandlerContext context, IngestFrame frame) {
    ByteBuf out = context.alloc().ioBuffer();
    try {
      IngestEncoder.encode(out, frame);
    } catch (IllegalArgumentException e) {
      out.release();
      throw e;
    }
    return context.writeAndFlush(out);
  }

  static ProtocolException unexpected(IngestFrame frame) {
    return new ProtocolException(
        CloseReason.PROTOCOL_ERROR,
        "frame: " + frame.getClass().getSimpleName() + " (expected: another in this state)");
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    state = State.OVER;
    cancelTimer();
    Goaway goaway = sentAway;
    if (fatal == null && goaway != null) {
      owner.onSentAway(goaway);
    } else {
      owner.onEnd(fatal);
    }
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /// A reset is an end like any other; anything else is our own bug and ends the connection as
  /// well.
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Publisher.LOG.debug("ingest connection failed", cause);
    context.close();
  }
}
