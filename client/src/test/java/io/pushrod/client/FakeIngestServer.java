package io.pushrod.client;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.AckWriter;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.PublishReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.StringJoiner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// An ingest server of one topic log and one producer that does what a test tells it to. Stores
/// payloads in order, drops duplicates, rejects the payloads `"bad"` and `"fenced"`, and holds the
/// client to the rules: sequences without holes, the window.
///
/// **Thread:** its state belongs to its loop; tests reach it by [#on].
@SuppressWarnings("FutureReturnValueIgnored")
final class FakeIngestServer implements AutoCloseable {
  static final Welcome WELCOME =
      new Welcome(1 << 20, 256 << 10, 4 << 20, 16_384, 30_000, 0, "fake");

  final BlockingQueue<Hello> hellos = new LinkedBlockingQueue<>();
  final BlockingQueue<Integer> batches = new LinkedBlockingQueue<>();
  final BlockingQueue<IngestFrame> controls = new LinkedBlockingQueue<>();

  /// What a worker has sent, renewals apart.
  final BlockingQueue<IngestFrame> work = new LinkedBlockingQueue<>();

  final BlockingQueue<Renew> renewals = new LinkedBlockingQueue<>();

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;

  // What tests set, before or by `on`.
  Welcome welcome = WELCOME;
  boolean holdWelcome;
  boolean holdAcks;
  boolean mute;
  boolean byteByByte;

  /// Cuts the connection without an ack when this many more events were stored.
  int cutAfterEvents = Integer.MAX_VALUE;

  /// Answers hellos instead of a welcome, first come first served.
  final Queue<Goaway> refusals = new ArrayDeque<>();

  final List<String> stored = new ArrayList<>();

  /// Topics, type and ids of what is stored.
  final List<String> heads = new ArrayList<>();

  /// How many were stored when the last settle came.
  int storedBeforeSettle;

  int duplicates;
  int maxInFlight;
  long lastSequence;
  @Nullable Connection connection;

  FakeIngestServer() {
    listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Connection());
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  PublisherConfig config() {
    return PublisherConfig.of("127.0.0.1", port(), "test")
        .withEpoch(7)
        .withToken(() -> "token")
        .withTiming(
            new PublisherConfig.Timing(
                Duration.ofSeconds(10),
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofSeconds(10)));
  }

  /// Runs an action on the server's loop and waits for what it returns.
  <T> T on(Callable<T> action) {
    try {
      return group.submit(action).get(10, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  void run(Runnable action) {
    on(
        () -> {
          action.run();
          return true;
        });
  }

  /// Sends a frame on the present connection.
  void send(IngestFrame frame) {
    run(() -> present().write(frame));
  }

  void ackAll() {
    run(() -> present().ack(Integer.MAX_VALUE));
  }

  Connection present() {
    if (connection == null) {
      throw new AssertionError("connection: none");
    }
    return connection;
  }

  List<String> storedPayloads() {
    return on(() -> List.copyOf(stored));
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  final class Connection extends ByteToMessageDecoder {
    private final IngestDecoder decoder = new IngestDecoder(IngestFrame.MAX_HELLO_FRAME_BYTES);
    private final PublishReader reader = new PublishReader();
    private final AckWriter acks = new AckWriter();
    private boolean closed;
    private long ackedSequence;
    private long nextSequence;

    /// Topic sequences of each event in flight, oldest first.
    private final Queue<List<Long>> unacked = new ArrayDeque<>();

    private @Nullable ChannelHandlerContext context;

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
      this.context = context;
      if (closed) {
        in.skipBytes(in.readableBytes());
        return;
      }
      IngestFrame frame = decoder.decode(in);
      switch (frame) {
        case null -> {}
        case Hello hello -> onHello(hello);
        case Publish publish -> onPublish(publish);
        case Ping ping -> {
          controls.add(ping);
          if (!mute) {
            write(new Pong(ping.value()));
          }
        }
        case Pong pong -> controls.add(pong);
        case Goaway goaway -> {
          controls.add(goaway);
          context.close();
        }
        case Renew renew -> renewals.add(renew);
        case Settle settle -> {
          storedBeforeSettle = stored.size();
          work.add(settle);
        }
        case Consume _, Accept _, Refuse _, CancelAck _ -> work.add(frame);
        default -> throw new AssertionError(frame);
      }
    }

    private void onHello(Hello hello) {
      connection = this;
      decoder.limit(welcome.maxFrameBytes());
      hellos.add(hello);
      Goaway refusal = refusals.poll();
      if (refusal != null) {
        goaway(refusal);
      } else if (!holdWelcome) {
        welcome();
      }
    }

    void welcome() {
      write(
          new Welcome(
              welcome.maxFrameBytes(),
              welcome.maxEventBytes(),
              welcome.windowBytes(),
              welcome.windowEvents(),
              welcome.pingIntervalMillis(),
              lastSequence,
              welcome.server()));
    }

    private void onPublish(Publish publish) {
      if (nextSequence == 0) {
        nextSequence = publish.firstSequence();
        ackedSequence = nextSequence - 1;
        if (lastSequence != 0 && nextSequence > lastSequence + 1) {
          goaway(CloseReason.SEQUENCE_GAP);
          return;
        }
      }
      if (publish.firstSequence() != nextSequence) {
        goaway(CloseReason.SEQUENCE_GAP);
        return;
      }
      batches.add(publish.count());
      reader.reset(publish);
      while (reader.next()) {
        nextSequence++;
        take(text(publish, reader.payloadOffset(), reader.payloadLength()), head(publish));
        if (cutAfterEvents == 0) {
          cutAfterEvents = Integer.MAX_VALUE;
          close();
          return;
        }
      }
      maxInFlight = Math.max(maxInFlight, unacked.size());
      if (unacked.size() > welcome.windowEvents()) {
        goaway(CloseReason.WINDOW_EXCEEDED);
      } else if (!holdAcks) {
        ack(Integer.MAX_VALUE);
      }
    }

    private static String text(Publish publish, int offset, int length) {
      return publish.buffer().toString(offset, length, StandardCharsets.UTF_8);
    }

    private String head(Publish publish) {
      var topics = new StringJoiner(",");
      for (int i = 0; i < reader.topicCount(); i++) {
        topics.add(text(publish, reader.topicOffset(i), reader.topicLength(i)));
      }
      var ids = new StringJoiner(",");
      for (IdField field : IdField.values()) {
        if ((reader.idMask() & 1 << field.ordinal()) != 0) {
          int offset = reader.idOffset(field.code());
          ids.add(field.label() + '=' + text(publish, offset, reader.idLength(field.code())));
        }
      }
      return topics + " " + text(publish, reader.typeOffset(), reader.typeLength()) + " " + ids;
    }

    private void take(String payload, String head) {
      if (payload.equals("\"bad\"") || payload.equals("\"fenced\"")) {
        ErrorCode code = payload.contains("bad") ? ErrorCode.BAD_JSON : ErrorCode.FENCED;
        write(new Reject(reader.sequence(), code, 250, "bad"));
        unacked.add(sequences(0));
        lastSequence = Math.max(lastSequence, reader.sequence());
      } else if (reader.sequence() <= lastSequence) {
        duplicates++;
        unacked.add(sequences(0));
      } else {
        stored.add(payload);
        heads.add(head);
        lastSequence = reader.sequence();
        unacked.add(sequences(stored.size()));
        cutAfterEvents--;
      }
    }

    /// One for each topic of the present event.
    private List<Long> sequences(long sequence) {
      return Collections.nCopies(reader.topicCount(), sequence);
    }

    /// Acknowledges up to so many events.
    void ack(int events) {
      ByteBuf out = channel().alloc().buffer();
      acks.begin(out);
      for (int i = 0; i < events && !unacked.isEmpty(); i++) {
        unacked.remove().forEach(acks::add);
        ackedSequence++;
      }
      acks.end(ackedSequence);
      flush(out);
    }

    void cutInsideAnAck() {
      ByteBuf out = channel().alloc().buffer();
      acks.begin(out);
      acks.add(1);
      acks.end(ackedSequence + 1);
      channel().writeAndFlush(out.writerIndex(out.writerIndex() - 3));
      close();
    }

    void goaway(CloseReason reason) {
      goaway(Goaway.of(reason));
    }

    void goaway(Goaway frame) {
      write(frame);
      close();
    }

    void write(IngestFrame frame) {
      ByteBuf out = channel().alloc().buffer();
      IngestEncoder.encode(out, frame);
      flush(out);
    }

    private void flush(ByteBuf out) {
      if (!byteByByte) {
        channel().writeAndFlush(out);
        return;
      }
      while (out.isReadable()) {
        channel().writeAndFlush(out.readRetainedSlice(1));
      }
      out.release();
    }

    void close() {
      closed = true;
      channel().close();
    }

    private Channel channel() {
      if (context == null) {
        throw new AssertionError("connection: silent so far");
      }
      return context.channel();
    }
  }
}
