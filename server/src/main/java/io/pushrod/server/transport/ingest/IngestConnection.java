package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.session.Bearer;
import io.pushrod.server.session.Identity;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One client's connection: hello, then what it publishes and does as a worker, then a goodbye.
///
/// **Thread:** its shard, except [#closeLater].
final class IngestConnection extends Deadline implements Bearer, PublishLane.Owner {
  private static final ConnectionLog LOG = ConnectionLog.of(IngestConnection.class);

  /// How long the end may take: first for what is in flight, then for the peer to read the goaway.
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  /// Between two looks at a store that does not take what waits for it for too long.
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private enum Phase {
    GREETING,
    READY,
    /// Nothing more is taken; the goaway follows once what is in flight is settled.
    LEAVING,
    /// The goaway is sent, or the socket is gone.
    GONE
  }

  /// A client that was let in.
  private record Peer(Greeted who, PublishLane lane, WorkerDuties duties) {}

  private final Channel channel;
  private final Shard shard;
  private final IngestSettings settings;
  private final Entrance entrance;
  private final IngestDecoder decoder = new IngestDecoder(IngestFrame.MAX_HELLO_FRAME_BYTES);
  private final FrameOutbox outbox;
  private final WriteProgress progress;
  private final Liveness liveness;
  private Phase phase = Phase.GREETING;
  private @Nullable Peer peer;

  /// Whose seat it has.
  private @Nullable Identity seated;

  private IngestFrame.@Nullable Goaway goaway;
  private boolean reading;
  private boolean counted;

  IngestConnection(Channel channel, Shard shard, Entrance entrance) {
    this.channel = channel;
    this.shard = shard;
    this.entrance = entrance;
    this.settings = entrance.settings();
    this.outbox = new FrameOutbox(channel);
    this.progress = new WriteProgress(channel, settings.writeProgressNanos());
    this.liveness = new Liveness(settings.pingNanos(), shard.nowNanos());
  }

  void open() {
    long nowNanos = shard.nowNanos();
    liveness.onHeard(nowNanos);
    metrics().opened(Transport.INGEST);
    LOG.accepted(channel, Transport.INGEST);
    shard.wheel().schedule(this, nowNanos + settings.handshakeNanos());
    if (shard.isDraining()) {
      close(CloseReason.SHUTDOWN);
    }
  }

  // Frames in.

  /// Reads the frames that are whole; the rest stays in `in`.
  void read(ByteBuf in) {
    reading = true;
    try {
      while (isTaking()) {
        IngestFrame frame = decoder.decode(in);
        if (frame == null) {
          break;
        }
        liveness.onHeard(shard.nowNanos());
        metrics().count(Counter.INGEST_FRAMES);
        onFrame(frame, in);
      }
    } finally {
      reading = false;
    }
    if (isParked()) {
      updateReading();
    }
    flush();
  }

  /// Whoever was replaced or fenced gets nothing more in, though its goaway is still on the way.
  private boolean isTaking() {
    return !isLeaving() && !isParked() && (peer == null || holdsProducer());
  }

  private void onFrame(IngestFrame frame, ByteBuf in) {
    Peer known = peer;
    if (known == null) {
      if (!(frame instanceof IngestFrame.Hello hello)) {
        throw new ProtocolException(
            CloseReason.PROTOCOL_ERROR, "first frame: not a hello (expected: hello)");
      }
      onHello(hello);
      return;
    }
    switch (frame) {
      case IngestFrame.Publish publish -> {
        known.lane().take(publish, in);
        if (phase == Phase.READY) {
          shard.wheel().scheduleEarlier(this, refuseNanos(known));
        }
      }
      case IngestFrame.Ping(long value) -> outbox.add(new IngestFrame.Pong(value));
      case IngestFrame.Pong _ -> {}
      case IngestFrame.Goaway _ -> close(CloseReason.NORMAL);
      case IngestFrame.Hello _ ->
          throw new ProtocolException(CloseReason.PROTOCOL_ERROR, "hello: again (expected: once)");
      case IngestFrame.Consume consume -> known.duties().consume(consume);
      case IngestFrame.Accept accept -> known.duties().accept(accept);
      case IngestFrame.Refuse refuse -> known.duties().refuse(refuse);
      case IngestFrame.Renew renew -> known.duties().renew(renew);
      case IngestFrame.Settle settle -> onSettle(known, settle);
      case IngestFrame.CancelAck ack -> known.duties().acknowledgeCancel(ack);
      case IngestFrame.Welcome _,
          IngestFrame.Ack _,
          IngestFrame.Reject _,
          IngestFrame.Window _,
          IngestFrame.Request _,
          IngestFrame.Grant _,
          IngestFrame.Cancel _,
          IngestFrame.Release _ ->
          throw new ProtocolException(
              CloseReason.PROTOCOL_ERROR, "frame: of a server (expected: of a client)");
    }
  }

  /// What the worker has published before comes first.
  private void onSettle(Peer known, IngestFrame.Settle settle) {
    known.duties().settle(settle, known.lane().isEmpty() ? 0 : known.lane().lastSequence());
  }

  private void onHello(IngestFrame.Hello hello) {
    switch (entrance.greet(hello, this, channel, shard)) {
      case Entrance.Answer.Refused(CloseReason reason, Identity behind) -> {
        seated = behind;
        close(reason);
      }
      case Entrance.Answer.Welcome(Greeted who) -> {
        seated = who.acting();
        welcome(who);
      }
    }
  }

  private void welcome(Greeted who) {
    peer =
        new Peer(
            who,
            entrance.lane(who, this, shard, outbox),
            entrance.duties(who, this, shard, outbox));
    phase = Phase.READY;
    decoder.limit(settings.frameBytes());
    outbox.add(
        new IngestFrame.Welcome(
            settings.frameBytes(),
            settings.eventBytes(),
            settings.windowBytes(),
            settings.windowEvents(),
            (int) TimeUnit.NANOSECONDS.toMillis(settings.pingNanos()),
            who.state().settledSequence(),
            settings.serverName()));
    scheduleCheck(who.own().expiresAtMillis());
  }

  // Of its lane.

  @Override
  public boolean holdsProducer() {
    return peer != null && peer.who().state().isHeldBy(this);
  }

  @Override
  public void onParked(boolean parked) {
    if (parked) {
      updateReading();
    } else {
      readOn();
    }
  }

  void readOn() {
    updateReading();
    channel.pipeline().fireUserEventTriggered(IngestHandler.Resume.INSTANCE);
  }

  @Override
  public void onAcknowledged(long sequence, @Nullable CloseReason refusal) {
    if (refusal != null) {
      close(refusal);
    } else if (peer != null) {
      boolean wasFull = peer.duties().isFull();
      peer.duties().onAcknowledged(sequence);
      if (wasFull && !peer.duties().isFull()) {
        readOn();
      }
    }
    sayGoodbyeOnceSettled();
    if (!reading) {
      flush();
    }
  }

  // Frames out.

  void flush() {
    if (outbox.flush() && progress.hasBegunToWait(shard.nowNanos()) && phase == Phase.READY) {
      shard.wheel().scheduleEarlier(this, progress.dueNanos());
    }
  }

  /// What is not read waits at the peer: while an owner has no room, and while the peer leaves our
  /// answers unread. At the end everything is read, so that the peer gets to the goaway.
  private void updateReading() {
    channel.config().setAutoRead(isLeaving() || (!isParked() && channel.isWritable()));
  }

  /// The peer has begun to read its answers, or has ceased to.
  void onWritabilityChanged() {
    updateReading();
    if (peer != null && channel.isWritable()) {
      peer.duties().onRoom();
    }
  }

  private boolean isParked() {
    return peer != null && (peer.lane().isParked() || peer.duties().isFull());
  }

  // Time.

  @Override
  protected void onDeadline(long nowNanos) {
    switch (phase) {
      case GREETING -> close(CloseReason.HANDSHAKE_TIMEOUT);
      case READY -> check(nowNanos);
      case LEAVING, GONE -> onLingered(nowNanos);
    }
  }

  /// While the server drains, more time is left: what the peer does not learn to be settled it
  /// sends to the next server, which does not know it.
  private void onLingered(long nowNanos) {
    if (shard.isDraining() && nowNanos - shard.publishersUntilNanos() < 0) {
      shard.wheel().schedule(this, shard.publishersUntilNanos());
    } else if (phase == Phase.LEAVING) {
      sayGoodbye();
    } else {
      var _ = channel.close();
    }
  }

  private void check(long nowNanos) {
    long expiresAtMillis = peer == null ? Long.MAX_VALUE : peer.who().own().expiresAtMillis();
    if (progress.isStuck(nowNanos)) {
      counted(CloseReason.WRITE_TIMEOUT);
      var _ = channel.close();
      return;
    }
    if (shard.clock().millis() >= expiresAtMillis) {
      close(CloseReason.TOKEN_EXPIRED);
      return;
    }
    if (peer != null && nowNanos - refuseNanos(peer) >= 0 && shard.storage().obstacle() != null) {
      metrics().count(Counter.LIMIT_REFUSE_AFTER);
      close(CloseReason.STORAGE_UNAVAILABLE);
      return;
    }
    if (!channel.config().isAutoRead()) {
      liveness.onNotRead(nowNanos);
    }
    switch (liveness.judge(nowNanos)) {
      case GONE -> {
        metrics().count(Counter.PONGS_MISSED);
        close(CloseReason.PONG_TIMEOUT);
        return;
      }
      case PING -> {
        metrics().count(Counter.HEARTBEATS_SENT);
        outbox.add(new IngestFrame.Ping(nowNanos));
        flush();
      }
      case ALIVE -> {}
    }
    scheduleCheck(expiresAtMillis);
  }

  /// When the peer has waited for its oldest ack for long enough, if the store is to blame.
  private long refuseNanos(Peer of) {
    long refuseAfterNanos = shard.storage().refuseAfterNanos();
    return of.lane().oldestNanos(shard.nowNanos() + refuseAfterNanos) + refuseAfterNanos;
  }

  private void scheduleCheck(long expiresAtMillis) {
    long now = shard.nowNanos();
    long due = liveness.dueNanos(now);
    if (progress.isWaiting()) {
      due = Math.min(due, progress.dueNanos());
    }
    if (peer != null && !peer.lane().isEmpty()) {
      due = Math.min(due, Math.max(refuseNanos(peer), now + LOOK_AGAIN_NANOS));
    }
    long leftMillis = expiresAtMillis - shard.clock().millis();
    if (leftMillis < TimeUnit.NANOSECONDS.toMillis(due - now)) {
      due = now + TimeUnit.MILLISECONDS.toNanos(Math.max(0, leftMillis));
    }
    shard.wheel().schedule(this, due);
  }

  @Override
  protected void onDrain() {
    close(CloseReason.SHUTDOWN);
  }

  // The end.

  @Override
  public boolean isBy(Predicate<Identity> whose) {
    return peer != null && (whose.test(peer.who().own()) || whose.test(peer.who().acting()));
  }

  @Override
  public boolean isClosing() {
    return isLeaving();
  }

  /// Whether nothing more is taken from the peer.
  boolean isLeaving() {
    return phase == Phase.LEAVING || phase == Phase.GONE;
  }

  @Override
  public boolean isGone() {
    return phase == Phase.GONE;
  }

  ShardMetrics metrics() {
    return shard.metrics();
  }

  /// Ends it because of a bug of ours.
  void fail(RuntimeException bug) {
    channel.pipeline().fireExceptionCaught(bug);
  }

  /// Closes from another thread.
  void closeLater(CloseReason reason) {
    channel.eventLoop().execute(() -> close(reason));
  }

  @Override
  public void close(CloseReason reason) {
    close(reason, reason.text());
  }

  /// Takes nothing more, acknowledges what is in flight, says goodbye and closes.
  void close(CloseReason reason, String message) {
    if (isLeaving()) {
      return;
    }
    phase = Phase.LEAVING;
    counted(reason);
    goaway = IngestFrame.Goaway.of(reason, message);
    if (peer != null) {
      peer.lane().discardParked();
      peer.duties().takeNoMore();
    }
    updateReading();
    shard.wheel().schedule(this, shard.nowNanos() + LINGER_NANOS);
    sayGoodbyeOnceSettled();
  }

  private void sayGoodbyeOnceSettled() {
    if (phase == Phase.LEAVING && (peer == null || peer.lane().isEmpty())) {
      sayGoodbye();
    }
  }

  /// The socket stays open for reading until the peer closes it: closing it over unread bytes would
  /// reset the connection, and the goaway with it.
  private void sayGoodbye() {
    phase = Phase.GONE;
    if (peer != null) {
      peer.duties().close();
    }
    if (goaway != null) {
      if (goaway.reason() == CloseReason.STORAGE_UNAVAILABLE && peer != null) {
        peer.lane().abandon();
      }
      outbox.add(goaway);
    }
    var _ = outbox.flushLast().addListener(_ -> endOutput());
    shard.wheel().schedule(this, shard.nowNanos() + LINGER_NANOS);
  }

  private void endOutput() {
    if (channel instanceof DuplexChannel duplex) {
      var _ = duplex.shutdownOutput();
    }
  }

  /// The socket is gone.
  void onClosed() {
    phase = Phase.GONE;
    counted(CloseReason.NORMAL);
    shard.wheel().cancel(this);
    if (peer != null) {
      entrance.leave(peer.who(), this);
      peer.lane().clear();
      peer.duties().close();
    }
    if (seated != null) {
      entrance.leaveSeat(seated);
      seated = null;
    }
    outbox.release();
  }

  private void counted(CloseReason reason) {
    if (!counted) {
      counted = true;
      metrics().closed(Transport.INGEST, reason);
      LOG.closed(channel, Transport.INGEST, reason);
    }
  }
}
