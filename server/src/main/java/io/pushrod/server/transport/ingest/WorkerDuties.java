package io.pushrod.server.transport.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.Offer;
import io.pushrod.server.run.Request;
import io.pushrod.server.run.WorkerLink;
import io.pushrod.server.session.Grants;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a client does as a worker: its frames to its seat at the tenant's desk, and what the desk
/// says to frames.
///
/// **Thread:** its connection, except the [WorkerLink].
final class WorkerDuties implements WorkerLink {
  /// Different ones in the life of a connection.
  private static final int MAX_PATTERNS = 64;

  /// Of what a worker says about a refusal.
  private static final int MAX_MESSAGE_CHARS = 1_024;

  /// A request frame beside its payload, at the most.
  private static final int REQUEST_BYTES = 8 * 1024;

  private final IngestConnection connection;
  private final Shard shard;
  private final Greeted who;
  private final Desks desks;
  private final IngestSettings settings;
  private final FrameOutbox outbox;
  private final WaitingSettles settles;

  /// All that the desk was told, taken from or not.
  private final Set<String> patterns = new HashSet<>();

  /// What the desk has said while the peer did not read. The payloads in it are the desk's own.
  private final ArrayDeque<IngestFrame> unsaid = new ArrayDeque<>();

  private Desks.@Nullable WorkerSeat seat;
  private boolean speaks;
  private boolean over;

  WorkerDuties(
      IngestConnection connection,
      Shard shard,
      Greeted who,
      Desks desks,
      IngestSettings settings,
      FrameOutbox outbox) {
    this.connection = connection;
    this.shard = shard;
    this.who = who;
    this.desks = desks;
    this.settings = settings;
    this.outbox = outbox;
    this.settles = new WaitingSettles(settings.windowBytes(), shard.memory());
  }

  // From the worker.

  /// @throws ProtocolException `FORBIDDEN` for inboxes that it may not take
  void consume(IngestFrame.Consume frame) {
    String pattern = frame.pattern();
    if (!Grants.isPattern(pattern)) {
      throw new ProtocolException(
          CloseReason.PROTOCOL_ERROR, "pattern: invalid (expected: an inbox, prefix/* or *)");
    }
    if (!who.acting().own().covers(pattern)) {
      throw forbidden("pattern: " + pattern + " (expected: inboxes that the token owns)");
    }
    if (patterns.add(pattern) && patterns.size() > MAX_PATTERNS) {
      shard.metrics().count(Counter.LIMIT_CONSUME_PATTERNS);
      throw new ProtocolException(
          CloseReason.PROTOCOL_ERROR,
          "patterns: " + patterns.size() + " (expected: <= " + MAX_PATTERNS + ")");
    }
    if (!shard.isDraining()) {
      seat().consume(pattern, frame.credit());
    }
  }

  void accept(IngestFrame.Accept frame) {
    seat().accept(frame.lease());
  }

  void refuse(IngestFrame.Refuse frame) {
    String message = frame.message();
    seat()
        .refuse(
            frame.lease(),
            frame.elsewhere(),
            message.substring(0, Math.min(MAX_MESSAGE_CHARS, message.length())));
  }

  void renew(IngestFrame.Renew frame) {
    seat().renew(frame.leases());
  }

  void acknowledgeCancel(IngestFrame.CancelAck frame) {
    seat().acknowledgeCancel(frame.lease());
  }

  /// @param published what must be acknowledged before the settle counts; 0 when everything is
  void settle(Settle frame, long published) {
    Desks.WorkerSeat present = seat();
    Settle judged = judged(frame);
    if (published == 0) {
      present.settle(judged.lease(), judged.outcome(), judged.payload());
    } else {
      settles.add(judged, published);
    }
  }

  /// Everything up to `sequence` is acknowledged.
  void onAcknowledged(long sequence) {
    Desks.WorkerSeat present = seat;
    if (present != null) {
      settles.handOn(
          sequence, ready -> present.settle(ready.lease(), ready.outcome(), ready.payload()));
    }
  }

  /// Whether nothing more is to be read until something is acknowledged, or the desk has heard.
  boolean isFull() {
    return settles.isFull() || (seat != null && seat.isFull());
  }

  /// A seat is taken when there is something to say.
  private Desks.WorkerSeat seat() {
    Desks.WorkerSeat present = seat;
    if (present == null) {
      if (who.acting().own().isNone()) {
        throw forbidden("token: owns no inbox (expected: one that does)");
      }
      present = desks.seat(who.acting().tenant(), who.producer(), this);
      seat = present;
    }
    return present;
  }

  private ProtocolException forbidden(String message) {
    shard.metrics().count(Counter.AUTH_GRANT);
    return new ProtocolException(CloseReason.FORBIDDEN, message);
  }

  /// The settle, or, when its payload cannot be stored, a failure that says so.
  private Settle judged(Settle settle) {
    ByteBuf payload = Unpooled.wrappedBuffer(settle.payload().getBytes(UTF_8));
    int length = payload.readableBytes();
    if (length > settings.eventBytes()) {
      shard.metrics().count(Counter.LIMIT_EVENT_BYTES);
      return failed(
          settle,
          ErrorCode.TOO_LARGE,
          "payload: " + length + " bytes (expected: <= " + settings.eventBytes() + ")");
    }
    try {
      if (length > 0) {
        var _ = JsonScanner.check("payload", payload, 0, length);
      }
      return settle;
    } catch (RequestException e) {
      return failed(settle, e.code(), String.valueOf(e.getMessage()));
    }
  }

  private static Settle failed(Settle settle, ErrorCode code, String message) {
    ByteBuf out = Unpooled.buffer();
    new JsonObjectWriter(out)
        .text("code", code.label())
        .text("message", message)
        .bool("retryable", false)
        .end();
    return new Settle(settle.lease(), Settle.Outcome.FAILED, out.toString(UTF_8));
  }

  // From the desk.

  @Override
  public void offer(Offer offer) {
    Request request = offer.request();
    say(
        new IngestFrame.Request(
            offer.lease(),
            request.kind(),
            offer.leaseMillis(),
            offer.attempt(),
            request.inbox(),
            request.id(),
            request.user(),
            request.topics(),
            request.ids(),
            request.payload()));
  }

  @Override
  public void grant(long lease) {
    say(new IngestFrame.Grant(lease));
  }

  @Override
  public void cancel(long lease, CancelOrder order) {
    say(
        new IngestFrame.Cancel(
            lease, order.how(), order.deadlineMillis(), order.by(), order.reason()));
  }

  @Override
  public void release(long lease, @Nullable ErrorCode code, String message) {
    say(new IngestFrame.Release(lease, code == null ? 0 : code.number(), message));
  }

  @Override
  public void onHeard() {
    shard.loop().execute(connection::readOn);
  }

  /// **Thread:** any.
  private void say(IngestFrame frame) {
    shard.loop().execute(() -> queue(frame));
  }

  private void queue(IngestFrame frame) {
    if (!over) {
      unsaid.add(frame);
      speakSoon();
    }
  }

  /// What the desk says in one turn goes out by one write.
  private void speakSoon() {
    if (!speaks) {
      speaks = true;
      shard.loop().execute(this::speak);
    }
  }

  /// The peer reads again.
  void onRoom() {
    if (!unsaid.isEmpty()) {
      speakSoon();
    }
  }

  private void speak() {
    speaks = false;
    try {
      while (!unsaid.isEmpty() && hasRoom()) {
        write(unsaid.remove());
      }
    } catch (RuntimeException e) {
      connection.fail(e);
    }
    connection.flush();
  }

  private boolean hasRoom() {
    if (!outbox.hasRoom()) {
      connection.flush();
    }
    return outbox.hasRoom();
  }

  private void write(IngestFrame frame) {
    if (frame instanceof IngestFrame.Request request && !fits(request)) {
      seat()
          .refuse(
              request.lease(), false, "request: does not fit a frame (expected: a smaller one)");
    } else {
      outbox.add(frame);
    }
  }

  /// What one may start a run with is a setting of its own.
  private boolean fits(IngestFrame.Request request) {
    return ByteBufUtil.utf8Bytes(request.payload()) <= settings.frameBytes() - REQUEST_BYTES;
  }

  // The end.

  /// Takes no more requests; what the worker holds it may still settle.
  void takeNoMore() {
    Desks.WorkerSeat present = seat;
    if (present != null) {
      patterns.forEach(pattern -> present.consume(pattern, 0));
    }
  }

  /// Nothing more is said by either side; what is not settled stays with the desk.
  void close() {
    over = true;
    unsaid.clear();
    settles.clear();
    if (seat != null) {
      seat.close();
      seat = null;
    }
  }
}
