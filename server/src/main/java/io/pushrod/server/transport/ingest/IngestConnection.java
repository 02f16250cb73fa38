package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.RequestException;
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
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.session.Bearer;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.DeclarationIntake;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One publisher's connection: hello, then publishes that are settled in order, then a goodbye.
///
/// **Thread:** its shard, except [#closeLater].
final class IngestConnection extends Deadline implements Bearer {
  private static final ConnectionLog LOG = ConnectionLog.of(IngestConnection.class);

  /// Without a complete frame for so many ping intervals, the peer counts as gone.
  private static final int SILENT_PINGS = 3;

  /// How long the end may take: first for what is in flight, then for the peer to read the goaway.
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long PARKED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /// When a topic may have gone, so that there is room for another.
  private static final int QUOTA_RETRY_MILLIS = 10_000;

  private enum Phase {
    GREETING,
    READY,
    /// Nothing more is taken; the goaway follows once what is in flight is settled.
    LEAVING,
    /// The goaway is sent, or the socket is gone.
    GONE
  }

  /// Whose credential it is, and the same acting for the tenant that the hello names.
  private record Who(Identity own, Identity acting) {}

  /// What a hello has brought.
  private record Greeted(Producer producer, Producers.State state, EventIntake intake, Who who) {
    long expiresAtMillis() {
      return who.own().expiresAtMillis();
    }
  }

  private final Channel channel;
  private final Shard shard;
  private final IngestSettings settings;
  private final Access access;
  private final EventTypes types;
  private final Producers producers;
  private final Quotas quotas;
  private final IngestDecoder decoder = new IngestDecoder(IngestFrame.MAX_HELLO_FRAME_BYTES);
  private final PublishReader reader = new PublishReader();
  private final InFlightFrames inFlight;
  private final WriteProgress progress;
  private Phase phase = Phase.GREETING;
  private @Nullable Greeted greeted;

  /// Whose seat it has, and whose rate its events count for.
  private @Nullable Identity seated;

  /// A batch whose owners had no room, the newest in flight. Nothing is read meanwhile.
  private @Nullable Batch parked;

  /// Events of the newest batch that its tenant's rate has not let pass yet.
  private int unpaced;

  /// Frames that go out with the next flush.
  private @Nullable ByteBuf out;

  private IngestFrame.@Nullable Goaway goaway;
  private long nextSequence;
  private long heardNanos;
  private boolean reading;
  private boolean pinged;
  private boolean counted;

  IngestConnection(
      Channel channel,
      Shard shard,
      IngestSettings settings,
      Access access,
      EventTypes types,
      Producers producers,
      Quotas quotas) {
    this.channel = channel;
    this.shard = shard;
    this.settings = settings;
    this.access = access;
    this.types = types;
    this.producers = producers;
    this.quotas = quotas;
    this.inFlight =
        new InFlightFrames(
            settings.windowBytes(), settings.windowEvents(), settings.frameBytes(), shard.memory());
    this.progress = new WriteProgress(channel, settings.writeProgressNanos());
  }

  void open() {
    heardNanos = shard.nowNanos();
    metrics().opened(Transport.INGEST);
    LOG.accepted(channel, Transport.INGEST);
    shard.wheel().schedule(this, heardNanos + settings.handshakeNanos());
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
        heardNanos = shard.nowNanos();
        pinged = false;
        metrics().count(Counter.INGEST_FRAMES);
        onFrame(frame, in);
      }
    } finally {
      reading = false;
    }
    flush();
  }

  /// Whoever was replaced or fenced gets nothing more in, though its goaway is still on the way.
  private boolean isTaking() {
    Greeted who = greeted;
    return !isLeaving() && parked == null && (who == null || who.state().isHeldBy(this));
  }

  private void onFrame(IngestFrame frame, ByteBuf in) {
    Greeted who = greeted;
    if (who == null) {
      if (!(frame instanceof IngestFrame.Hello hello)) {
        throw new ProtocolException(
            CloseReason.PROTOCOL_ERROR, "first frame: not a hello (expected: hello)");
      }
      onHello(hello);
      return;
    }
    switch (frame) {
      case IngestFrame.Publish publish -> onPublish(who, publish, in);
      case IngestFrame.Ping(long value) -> send(new IngestFrame.Pong(value));
      case IngestFrame.Pong _ -> {}
      case IngestFrame.Goaway _ -> close(CloseReason.NORMAL);
      case IngestFrame.Hello _ ->
          throw new ProtocolException(CloseReason.PROTOCOL_ERROR, "hello: again (expected: once)");
      case IngestFrame.Welcome _, IngestFrame.Ack _, IngestFrame.Reject _, IngestFrame.Window _ ->
          throw new ProtocolException(
              CloseReason.PROTOCOL_ERROR, "frame: of a server (expected: of a publisher)");
    }
  }

  private void onHello(IngestFrame.Hello hello) {
    Who who = identify(hello);
    if (who == null || !takeSeat(who.acting())) {
      return;
    }
    Identity identity = who.acting();
    Producers.State state =
        producers.register(identity.tenant(), hello.producer(), hello.epoch(), this);
    if (state == null) {
      close(CloseReason.FENCED);
      return;
    }
    greeted =
        new Greeted(
            new Producer(hello.producer(), hello.epoch()),
            state,
            new EventIntake(
                identity,
                types,
                new DeclarationIntake(types, shard.readership()),
                settings.eventBytes()),
            who);
    phase = Phase.READY;
    decoder.limit(settings.frameBytes());
    send(
        new IngestFrame.Welcome(
            settings.frameBytes(),
            settings.eventBytes(),
            settings.windowBytes(),
            settings.windowEvents(),
            (int) TimeUnit.NANOSECONDS.toMillis(settings.pingNanos()),
            state.lastSequence(),
            settings.serverName()));
    scheduleCheck(identity.expiresAtMillis());
  }

  /// @return null when it says goodbye to whoever this is
  private @Nullable Who identify(IngestFrame.Hello hello) {
    try {
      Identity own = access.identify(metrics(), hello.token());
      Identity acting = access.acting(metrics(), own, hello.tenant());
      if (!acting.publish().isNone() || !acting.own().isNone()) {
        return new Who(own, acting);
      }
      metrics().count(Counter.AUTH_GRANT);
      close(CloseReason.FORBIDDEN);
    } catch (RequestException e) {
      LOG.refused(channel, e.code().label());
      close(Access.closeReason(e.code()));
    }
    return null;
  }

  /// @return false when it says goodbye
  private boolean takeSeat(Identity identity) {
    Counter usedUp = quotas.users().take(identity.tenant(), identity.user());
    if (usedUp != null) {
      metrics().count(usedUp);
      close(CloseReason.TOO_MANY_CONNECTIONS);
      return false;
    }
    seated = identity;
    return true;
  }

  private void onPublish(Greeted who, IngestFrame.Publish frame, ByteBuf in) {
    checkSequence(frame, who.state().lastSequence());
    try {
      inFlight.checkRoom(frame);
    } catch (ProtocolException e) {
      metrics().count(Counter.LIMIT_INGEST_WINDOW);
      throw e;
    }
    List<Publication> publications = new ArrayList<>(frame.count());
    int[] places = new int[frame.count()];
    reader.reset(frame);
    for (int i = 0; reader.next(); i++) {
      places[i] = take(who.intake(), in, publications);
    }
    nextSequence = frame.lastSequence() + 1;
    InFlight entry = new InFlight(frame.lastSequence(), frame.length(), places);
    inFlight.add(entry);
    unpaced = publications.size();
    publish(
        who,
        new Batch(
            publications,
            who.producer(),
            who.state().lastSequence(),
            publications.isEmpty() ? Unpooled.EMPTY_BUFFER : in.retain(),
            done -> {
              entry.done(done);
              rejectQuota(done);
              acknowledge(who);
            }));
  }

  /// @return the event's place in the batch, or that it was rejected
  private int take(EventIntake intake, ByteBuf in, List<Publication> publications) {
    try {
      publications.add(intake.take(reader, in, metrics()));
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

  /// A connection may begin with what was sent before, but not skip ahead; then it goes on without
  /// holes.
  private void checkSequence(IngestFrame.Publish frame, long lastSequence) {
    long first = frame.firstSequence();
    boolean begins = nextSequence == 0;
    boolean fits = begins ? lastSequence == 0 || first <= lastSequence + 1 : first == nextSequence;
    if (!fits) {
      throw new ProtocolException(
          CloseReason.SEQUENCE_GAP,
          "sequence: %d (expected: %s%d)"
              .formatted(first, begins ? "<= " : "", begins ? lastSequence + 1 : nextSequence));
    }
  }

  // Batches.

  /// Hands a batch on; while its tenant publishes too fast, or an owner has no room for it, nothing
  /// more is read.
  private void publish(Greeted who, Batch batch) {
    boolean wasParked = parked != null;
    parked = null;
    long waitNanos = paceNanos();
    if (waitNanos == 0 && shard.publish(batch)) {
      who.state().handedOver(nextSequence - 1);
      return;
    }
    parked = batch;
    if (!wasParked) {
      updateReading();
      if (waitNanos > 0) {
        metrics().count(Counter.QUOTA_PUBLISHES);
      }
    }
    var _ =
        channel
            .eventLoop()
            .schedule(
                () -> retry(who, batch), Math.max(waitNanos, PARKED_NANOS), TimeUnit.NANOSECONDS);
  }

  /// How long the newest batch must wait for its tenant's rate; it is asked for once only.
  private long paceNanos() {
    Identity who = seated;
    if (unpaced == 0 || who == null) {
      return 0;
    }
    long waitNanos = quotas.rates().take(who.tenant(), unpaced, shard.clock().nanos());
    if (waitNanos == 0) {
      unpaced = 0;
    }
    return waitNanos;
  }

  private void retry(Greeted who, Batch batch) {
    if (parked != batch || !who.state().isHeldBy(this)) {
      return;
    }
    publish(who, batch);
    if (parked == null) {
      updateReading();
      channel.pipeline().fireUserEventTriggered(IngestHandler.Resume.INSTANCE);
    }
  }

  /// Tells which events began a topic too many; their ack follows.
  private void rejectQuota(Batch done) {
    if (phase == Phase.GONE) {
      return;
    }
    long quota = Appended.failed(ErrorCode.TOPIC_QUOTA);
    for (int i = 0; i < done.publications().size(); i++) {
      Publication publication = done.publications().get(i);
      for (int t = 0; t < publication.topicCount(); t++) {
        if (done.outcome(i, t) == quota) {
          send(
              new IngestFrame.Reject(
                  publication.producerSequence(),
                  ErrorCode.TOPIC_QUOTA,
                  QUOTA_RETRY_MILLIS,
                  "topics: all used (expected: fewer than quotas.topics_per_tenant)"));
          break;
        }
      }
    }
  }

  /// Acknowledges everything that is done up to the first frame that is not.
  private void acknowledge(Greeted who) {
    long settled = inFlight.settledUpTo();
    if (settled == 0 || phase == Phase.GONE) {
      return;
    }
    // Whoever reads the ack may come back on another loop and go on behind it.
    who.state().handedOver(settled);
    inFlight.acknowledge(out());
    if (inFlight.isFenced()) {
      discardParked();
      inFlight.clear();
      close(CloseReason.FENCED);
    }
    if (phase == Phase.LEAVING && inFlight.isEmpty()) {
      sayGoodbye();
    }
    if (!reading) {
      flush();
    }
  }

  // Frames out.

  private ByteBuf out() {
    ByteBuf pending = out;
    if (pending == null) {
      pending = channel.alloc().directBuffer();
      out = pending;
    }
    return pending;
  }

  /// Appends a frame; at the latest the end of a read flushes it.
  private void send(IngestFrame frame) {
    IngestEncoder.encode(out(), frame);
  }

  private void flush() {
    ByteBuf pending = out;
    if (pending == null) {
      return;
    }
    out = null;
    if (!pending.isReadable()) {
      pending.release();
      return;
    }
    var _ = channel.writeAndFlush(pending, channel.voidPromise());
    if (progress.hasBegunToWait(shard.nowNanos()) && phase == Phase.READY) {
      shard.wheel().scheduleEarlier(this, progress.dueNanos());
    }
  }

  /// What is not read waits at the peer: while an owner has no room, and while the peer leaves our
  /// answers unread. At the end everything is read, so that the peer gets to the goaway.
  void updateReading() {
    channel.config().setAutoRead(isLeaving() || (parked == null && channel.isWritable()));
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
    long expiresAtMillis = greeted == null ? Long.MAX_VALUE : greeted.expiresAtMillis();
    if (progress.isStuck(nowNanos)) {
      counted(CloseReason.WRITE_TIMEOUT);
      var _ = channel.close();
      return;
    }
    if (shard.clock().millis() >= expiresAtMillis) {
      close(CloseReason.TOKEN_EXPIRED);
      return;
    }
    if (!channel.config().isAutoRead()) {
      // It may well have said something.
      heardNanos = nowNanos;
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
      flush();
    }
    scheduleCheck(expiresAtMillis);
  }

  private void scheduleCheck(long expiresAtMillis) {
    long now = shard.nowNanos();
    long due =
        pinged
            ? Math.min(now + settings.pingNanos(), heardNanos + SILENT_PINGS * settings.pingNanos())
            : heardNanos + settings.pingNanos();
    if (progress.isWaiting()) {
      due = Math.min(due, progress.dueNanos());
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
    return greeted != null
        && (whose.test(greeted.who().own()) || whose.test(greeted.who().acting()));
  }

  @Override
  public boolean isClosing() {
    return isLeaving();
  }

  /// Whether nothing more is taken from the peer.
  boolean isLeaving() {
    return phase == Phase.LEAVING || phase == Phase.GONE;
  }

  ShardMetrics metrics() {
    return shard.metrics();
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
    discardParked();
    updateReading();
    if (inFlight.isEmpty()) {
      sayGoodbye();
    } else {
      shard.wheel().schedule(this, shard.nowNanos() + LINGER_NANOS);
    }
  }

  /// The socket stays open for reading until the peer closes it: closing it over unread bytes would
  /// reset the connection, and the goaway with it.
  private void sayGoodbye() {
    phase = Phase.GONE;
    if (goaway != null) {
      send(goaway);
    }
    ByteBuf last = out();
    out = null;
    var _ = channel.writeAndFlush(last).addListener(_ -> endOutput());
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
    if (greeted != null) {
      producers.release(greeted.state(), this);
    }
    if (seated != null) {
      quotas.users().giveBack(seated.tenant(), seated.user());
      seated = null;
    }
    discardParked();
    inFlight.clear();
    if (out != null) {
      out.release();
      out = null;
    }
  }

  private void discardParked() {
    if (parked != null) {
      parked.discard();
      parked = null;
      inFlight.removeNewest();
    }
  }

  private void counted(CloseReason reason) {
    if (!counted) {
      counted = true;
      metrics().closed(Transport.INGEST, reason);
      LOG.closed(channel, Transport.INGEST, reason);
    }
  }
}
