package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.AckWriter;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.PublishReader;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One publisher's connection: hello, then publishes that are settled in order.
///
/// **Thread:** its shard, except [#closeLater].
final class IngestConnection extends Deadline {
  /// Without a complete frame for so many ping intervals, the peer counts as gone.
  private static final int SILENT_PINGS = 3;

  private final Channel channel;
  private final Shard shard;
  private final IngestSettings settings;
  private final Access access;
  private final EventTypes types;
  private final Producers producers;
  private final IngestDecoder decoder = new IngestDecoder(IngestFrame.MAX_HELLO_FRAME_BYTES);
  private final PublishReader reader = new PublishReader();
  private final AckWriter acks = new AckWriter();
  private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
  private @Nullable EventIntake intake;
  private @Nullable Producer producer;
  private Producers.@Nullable State state;
  private @Nullable Batch parked;
  private long nextSequence;
  private int unackedBytes;
  private int unackedEvents;
  private long heardNanos;
  private boolean pinged;
  private boolean closing;
  private boolean counted;

  IngestConnection(
      Channel channel,
      Shard shard,
      IngestSettings settings,
      Access access,
      EventTypes types,
      Producers producers) {
    this.channel = channel;
    this.shard = shard;
    this.settings = settings;
    this.access = access;
    this.types = types;
    this.producers = producers;
  }

  void open() {
    heardNanos = shard.nowNanos();
    metrics().opened(Transport.INGEST);
    shard.wheel().schedule(this, heardNanos + settings.handshakeNanos());
  }

  /// Reads the frames that are whole; the rest stays in `in`.
  void read(ByteBuf in) {
    while (!closing && parked == null) {
      IngestFrame frame = decoder.decode(in);
      if (frame == null) {
        return;
      }
      heardNanos = shard.nowNanos();
      pinged = false;
      metrics().count(Counter.INGEST_FRAMES);
      onFrame(frame, in);
    }
  }

  private void onFrame(IngestFrame frame, ByteBuf in) {
    if (intake == null && !(frame instanceof IngestFrame.Hello)) {
      throw new ProtocolException(
          CloseReason.PROTOCOL_ERROR, "first frame: not a hello (expected: hello)");
    }
    switch (frame) {
      case IngestFrame.Hello hello -> onHello(hello);
      case IngestFrame.Publish publish -> onPublish(publish, in);
      case IngestFrame.Ping(long value) -> send(new IngestFrame.Pong(value));
      case IngestFrame.Pong _ -> {}
      case IngestFrame.Goaway _ -> close(CloseReason.NORMAL);
      case IngestFrame.Welcome _, IngestFrame.Ack _, IngestFrame.Reject _, IngestFrame.Window _ ->
          throw new ProtocolException(
              CloseReason.PROTOCOL_ERROR, "frame: of a server (expected: of a publisher)");
    }
  }

  private void onHello(IngestFrame.Hello hello) {
    if (intake != null) {
      throw new ProtocolException(CloseReason.PROTOCOL_ERROR, "hello: again (expected: once)");
    }
    Identity identity;
    try {
      identity = access.identify(metrics(), hello.token(), hello.tenant());
    } catch (RequestException e) {
      close(
          e.code() == ErrorCode.TOKEN_EXPIRED
              ? CloseReason.TOKEN_EXPIRED
              : CloseReason.UNAUTHENTICATED);
      return;
    }
    Producers.State registered =
        producers.register(identity.tenant(), hello.producer(), hello.epoch(), this);
    if (registered == null) {
      close(CloseReason.FENCED);
      return;
    }
    state = registered;
    producer = new Producer(hello.producer(), hello.epoch());
    intake = new EventIntake(identity, types, settings.eventBytes());
    decoder.limit(settings.frameBytes());
    send(
        new IngestFrame.Welcome(
            settings.frameBytes(),
            settings.eventBytes(),
            settings.windowBytes(),
            settings.windowEvents(),
            (int) TimeUnit.NANOSECONDS.toMillis(settings.pingNanos()),
            registered.lastSequence,
            settings.serverName()));
    shard.wheel().schedule(this, heardNanos + settings.pingNanos());
  }

  private void onPublish(IngestFrame.Publish frame, ByteBuf in) {
    EventIntake taking = intake;
    Producers.State known = state;
    if (taking == null || known == null) {
      return;
    }
    checkSequence(frame, known);
    unackedBytes += frame.length();
    unackedEvents += frame.count();
    if (unackedBytes > settings.windowBytes() || unackedEvents > settings.windowEvents()) {
      metrics().count(Counter.LIMIT_INGEST_WINDOW);
      throw new ProtocolException(
          CloseReason.WINDOW_EXCEEDED,
          "in flight: "
              + unackedBytes
              + " bytes, "
              + unackedEvents
              + " events (expected: <= "
              + settings.windowBytes()
              + ", "
              + settings.windowEvents()
              + ")");
    }
    List<Publication> publications = new ArrayList<>(frame.count());
    int[] places = new int[frame.count()];
    reader.reset(frame);
    for (int i = 0; reader.next(); i++) {
      places[i] = take(taking, in, publications);
    }
    InFlight entry = new InFlight(frame.lastSequence(), frame.length(), places);
    inFlight.add(entry);
    Batch batch =
        new Batch(
            publications,
            producer,
            publications.isEmpty() ? Unpooled.EMPTY_BUFFER : in.retain(),
            done -> {
              entry.done(done);
              acknowledge();
            });
    publish(batch);
  }

  /// @return the event's place in the batch, or that it was rejected
  private int take(EventIntake taking, ByteBuf in, List<Publication> publications) {
    try {
      publications.add(taking.take(reader, in));
      return publications.size() - 1;
    } catch (RequestException e) {
      metrics().rejected(e.code());
      if (e.code() == ErrorCode.TOO_LARGE) {
        metrics().count(Counter.LIMIT_EVENT_BYTES);
      }
      send(new IngestFrame.Reject(reader.sequence(), e.code(), 0, String.valueOf(e.getMessage())));
      return InFlight.rejected(reader.topicCount());
    }
  }

  /// A connection may begin with what it sent before, but not skip ahead; then it goes on without
  /// holes.
  private void checkSequence(IngestFrame.Publish frame, Producers.State known) {
    long first = frame.firstSequence();
    boolean fits =
        nextSequence == 0
            ? known.lastSequence == 0 || first <= known.lastSequence + 1
            : first == nextSequence;
    if (!fits) {
      throw new ProtocolException(
          CloseReason.SEQUENCE_GAP,
          "sequence: "
              + first
              + " (expected: "
              + (nextSequence == 0 ? "<= " + (known.lastSequence + 1) : "" + nextSequence)
              + ")");
    }
    nextSequence = frame.lastSequence() + 1;
  }

  /// Hands a batch on; while an owner has no room for it, nothing more is read.
  private void publish(Batch batch) {
    if (shard.publish(batch)) {
      parked = null;
      Producers.State known = state;
      if (known != null && nextSequence - 1 > known.lastSequence) {
        known.lastSequence = nextSequence - 1;
      }
      return;
    }
    parked = batch;
    channel.config().setAutoRead(false);
    var _ = channel.eventLoop().schedule(this::retryParked, 1, TimeUnit.MILLISECONDS);
  }

  private void retryParked() {
    Batch waiting = parked;
    if (waiting != null && !closing) {
      publish(waiting);
      if (parked == null) {
        channel.config().setAutoRead(true);
        channel.pipeline().fireUserEventTriggered(IngestHandler.Resume.INSTANCE);
      }
    }
  }

  /// Acknowledges everything that is done up to the first frame that is not.
  private void acknowledge() {
    InFlight head = inFlight.peek();
    if (head == null || !head.isDone() || closing) {
      return;
    }
    ByteBuf out = channel.alloc().directBuffer();
    boolean fenced = false;
    while (head != null && head.isDone()) {
      inFlight.remove();
      fenced |= acknowledge(head, out);
      head = inFlight.peek();
    }
    var _ = channel.writeAndFlush(out, channel.voidPromise());
    if (fenced) {
      close(CloseReason.FENCED);
    }
  }

  /// @return whether a log knows a newer epoch of this producer
  private boolean acknowledge(InFlight frame, ByteBuf out) {
    boolean fenced = false;
    unackedBytes -= frame.bytes;
    unackedEvents -= frame.events;
    acks.begin(out);
    for (int i = 0; i < frame.events; i++) {
      int place = frame.place(i);
      int topics = place < 0 ? -1 - place : frame.batch().publications().get(place).topicCount();
      for (int t = 0; t < topics; t++) {
        long outcome = place < 0 ? 0 : frame.batch().outcome(place, t);
        fenced |= outcome == Appended.STALE_EPOCH;
        acks.add(Math.max(0, outcome));
      }
    }
    acks.end(frame.lastSequence);
    return fenced;
  }

  private void send(IngestFrame frame) {
    ByteBuf out = channel.alloc().directBuffer(64);
    IngestEncoder.encode(out, frame);
    var _ = channel.writeAndFlush(out, channel.voidPromise());
  }

  @Override
  protected void onDeadline(long nowNanos) {
    if (closing) {
      var _ = channel.close();
      return;
    }
    if (intake == null) {
      close(CloseReason.HANDSHAKE_TIMEOUT);
      return;
    }
    long silence = nowNanos - heardNanos;
    if (silence >= SILENT_PINGS * settings.pingNanos()) {
      metrics().count(Counter.PONGS_MISSED);
      close(CloseReason.PONG_TIMEOUT);
      return;
    }
    if (silence >= settings.pingNanos() && !pinged) {
      pinged = true;
      metrics().count(Counter.HEARTBEATS_SENT);
      send(new IngestFrame.Ping(nowNanos));
    }
    shard.wheel().schedule(this, heardNanos + (pinged ? SILENT_PINGS : 1) * settings.pingNanos());
  }

  @Override
  protected void onShutdown() {
    close(CloseReason.SHUTDOWN);
  }

  boolean isClosing() {
    return closing;
  }

  boolean isParked() {
    return parked != null;
  }

  ShardMetrics metrics() {
    return shard.metrics();
  }

  /// Closes from another thread.
  void closeLater(CloseReason reason) {
    channel.eventLoop().execute(() -> close(reason));
  }

  /// Says goodbye and closes.
  void close(CloseReason reason) {
    close(reason, reason.text());
  }

  void close(CloseReason reason, String message) {
    if (closing) {
      return;
    }
    closing = true;
    counted(reason);
    ByteBuf out = channel.alloc().directBuffer(64);
    IngestEncoder.encode(out, IngestFrame.Goaway.of(reason, message));
    var _ = channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    shard.wheel().schedule(this, shard.nowNanos() + settings.pingNanos());
  }

  /// The socket is gone.
  void onClosed() {
    closing = true;
    counted(CloseReason.NORMAL);
    shard.wheel().cancel(this);
    if (state != null) {
      producers.release(state, this);
    }
    if (parked != null) {
      parked.discard();
      parked = null;
    }
  }

  private void counted(CloseReason reason) {
    if (!counted) {
      counted = true;
      metrics().closed(Transport.INGEST, reason);
    }
  }
}
