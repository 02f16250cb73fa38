package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.engineio.EngineError;
import io.pushrod.codec.engineio.EnginePackets;
import io.pushrod.codec.engineio.PacketListener;
import io.pushrod.codec.engineio.PacketType;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadline;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One Engine.IO client, over polling, then perhaps WebSocket, or WebSocket from the start.
///
/// **Thread:** its shard.
/* What is to be sent waits in `outgoing`. `pump` moves it to whoever may take it: the poll that waits, or the WebSocket
 * while it is writable. An upgrade changes only who that is. An end is either at once (`end`), or after all that waits
 * was taken (`finish`). */
final class EngineSession extends Deadline {
  private static final long NEVER = Long.MAX_VALUE;
  private static final String CLOSE = "1";
  private static final String PING = "2";
  private static final String NOOP = "6";

  /// How long a client may take to fetch the last that is said to it.
  private static final long ENDING_NANOS = 2_000_000_000L;

  private enum State {
    OPEN,
    ENDING,
    GONE
  }

  private final Shard shard;
  private final EngineSettings settings;
  private final String sid;
  private final EngineHandshake handshake;
  private final EngineHandler handler;
  private final Consumer<EngineSession> onGone;
  private final Outgoing outgoing;
  private final Pings pings;
  private final PacketListener packets = new Packets();
  private State state = State.OPEN;
  private CloseReason reason = CloseReason.NORMAL;
  private @Nullable Poll poll;
  private @Nullable EngineWebSocket webSocket;
  private @Nullable Upgrade upgrade;

  /// Whether the client closed it, and a poll that it sent at the same time may still come.
  private boolean lingering;

  private boolean awake;
  private final long settleByNanos;
  private long endByNanos;

  /// Makes the handler of a session.
  interface Opener {
    EngineHandler open(EngineSession session);

    /// Within which time after the opening a client has to settle; 0 for no bound.
    long settleNanos();
  }

  /// @param onGone told once, when the session is over
  EngineSession(
      Shard shard,
      EngineSettings settings,
      String sid,
      EngineHandshake handshake,
      Opener opener,
      Consumer<EngineSession> onGone) {
    this.shard = shard;
    this.settings = settings;
    this.sid = sid;
    this.handshake = handshake;
    this.onGone = onGone;
    this.outgoing = new Outgoing(settings.queueBytes());
    long nowNanos = shard.nowNanos();
    this.pings = new Pings(settings, nowNanos);
    this.settleByNanos = opener.settleNanos() == 0 ? NEVER : nowNanos + opener.settleNanos();
    this.handler = opener.open(this);
    shard.metrics().count(Counter.SOCKETIO_SESSIONS_OPENED);
    schedule();
  }

  Shard shard() {
    return shard;
  }

  String sid() {
    return sid;
  }

  EngineHandshake handshake() {
    return handshake;
  }

  /// Under whose id it is logged; closed, perhaps.
  Channel channel() {
    return handshake.channel();
  }

  boolean isGone() {
    return state == State.GONE;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  // Sending.

  /// The packet that opens it.
  ByteBuf opening(boolean upgrades) {
    ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(512);
    EnginePackets.writeOpen(
        out,
        sid,
        upgrades,
        TimeUnit.NANOSECONDS.toMillis(settings.pingIntervalNanos()),
        TimeUnit.NANOSECONDS.toMillis(settings.pingTimeoutNanos()),
        settings.maxPayload());
    return out;
  }

  /// Sends a packet of the session; takes ownership. A client that leaves too much untaken is
  /// ended.
  ///
  /// @param bytes with the digit of its type unless it is a binary message
  void send(boolean binary, ByteBuf bytes) {
    if (state == State.GONE) {
      bytes.release();
    } else if (outgoing.offer(new PacketQueue.Packet(binary, bytes))) {
      wake();
    } else {
      bytes.release();
      end(CloseReason.SLOW_CONSUMER);
    }
  }

  void add(PipeChannel pipe) {
    outgoing.add(pipe);
  }

  void remove(PipeChannel pipe) {
    outgoing.remove(pipe);
    wake();
  }

  /// Something waits, or there is room: looks once this turn is over.
  void wake() {
    if (!awake && state != State.GONE) {
      awake = true;
      shard.loop().execute(this::pump);
    }
  }

  private void pump() {
    awake = false;
    if (state == State.GONE) {
      return;
    }
    EngineWebSocket taker = webSocket;
    if (taker == null) {
      answerPoll();
    } else {
      write(taker);
    }
  }

  private void write(EngineWebSocket taker) {
    boolean more = true;
    while (more && taker.isWritable()) {
      more = outgoing.writeTo(taker);
    }
    if (state == State.ENDING && !more) {
      end(reason);
    }
  }

  /// Answers the poll that waits, if there is something to say.
  void answerPoll() {
    Poll waiting = poll;
    if (waiting == null) {
      return;
    }
    ByteBuf payload = outgoing.payload(settings.pollPackets());
    if (payload != null) {
      poll = null;
      waiting.answer(payload);
    } else if (state == State.ENDING) {
      end(reason);
    } else if (upgrade != null && upgrade.isProbed()) {
      poll = null;
      waiting.answer(NOOP);
    }
  }

  // Polling.

  /// A request for what there is.
  void onPoll(Exchange exchange) {
    EngineError error = refusal();
    if (error != null) {
      new Poll(exchange, () -> {}).refuse(error);
    } else if (lingering) {
      new Poll(exchange, () -> {}).answer(NOOP);
      end(CloseReason.NORMAL);
    } else if (poll != null) {
      new Poll(exchange, () -> {}).refuse(EngineError.BAD_REQUEST);
      end(CloseReason.PROTOCOL_ERROR);
    } else {
      Poll[] self = new Poll[1];
      self[0] = new Poll(exchange, () -> shard.loop().execute(() -> onPollGone(self[0])));
      poll = self[0];
      answerPoll();
    }
  }

  private void onPollGone(Poll gone) {
    if (poll == gone) {
      poll = null;
      end(CloseReason.NORMAL);
    }
  }

  /// A request that brings packets.
  ///
  /// @param body borrowed
  void onPost(Exchange exchange, ByteBuf body) {
    Poll answer = new Poll(exchange, () -> {});
    EngineError error = refusal();
    if (error != null) {
      answer.refuse(error);
      return;
    }
    if (body.readableBytes() > settings.maxPayload()) {
      shard.metrics().count(Counter.LIMIT_SOCKETIO_MAX_PAYLOAD);
      answer.refuse(413);
      return;
    }
    try {
      EnginePackets.parsePayload(body, body.readerIndex(), body.readableBytes(), packets);
    } catch (ProtocolException e) {
      end(e.reason());
    }
    if (state == State.GONE && reason != CloseReason.NORMAL) {
      answer.refuse(EngineError.BAD_REQUEST);
    } else {
      answer.answer("ok");
    }
  }

  private @Nullable EngineError refusal() {
    if (pings.isPongMissed(shard.nowNanos())) {
      missedPong();
    }
    if (state == State.GONE) {
      return EngineError.SESSION_ID_UNKNOWN;
    }
    return webSocket == null ? null : EngineError.BAD_REQUEST;
  }

  // WebSocket.

  /// Begins on a WebSocket, with nothing before.
  void begin(EngineWebSocket on) {
    webSocket = on;
    send(false, opening(false));
  }

  /// A WebSocket tries to take over. Only one may, and only from polling.
  void probe(EngineWebSocket by) {
    if (state != State.OPEN || webSocket != null || upgrade != null) {
      by.close(CloseReason.PROTOCOL_ERROR);
      return;
    }
    upgrade = new Upgrade(this, by, shard.nowNanos() + settings.upgradeTimeoutNanos());
    schedule();
    by.attach(this);
  }

  /// Who hears what a WebSocket sends.
  PacketListener listenerFor(EngineWebSocket from) {
    if (from == webSocket) {
      return packets;
    }
    return upgrade != null && upgrade.isBy(from) ? upgrade : new Upgrade(this, from, 0);
  }

  /// Whether that one may still take over.
  boolean awaits(Upgrade asked) {
    return upgrade == asked && state == State.OPEN;
  }

  void onWebSocketFailed(EngineWebSocket failed, CloseReason why) {
    if (failed == webSocket) {
      end(why);
    } else {
      failed.close(why);
      forgetProbe(failed);
    }
  }

  void onWebSocketClosed(EngineWebSocket closed) {
    if (closed == webSocket) {
      end(CloseReason.NORMAL);
    } else {
      forgetProbe(closed);
    }
  }

  private void forgetProbe(EngineWebSocket of) {
    if (upgrade != null && upgrade.isBy(of)) {
      upgrade = null;
    }
  }

  /// The WebSocket takes over.
  void onUpgraded(EngineWebSocket to) {
    upgrade = null;
    webSocket = to;
    shard.metrics().count(Counter.SOCKETIO_UPGRADES);
    Poll waiting = poll;
    poll = null;
    if (waiting != null) {
      waiting.answer(NOOP);
    }
    wake();
  }

  // What the client says.

  private final class Packets implements PacketListener {
    @Override
    public void onPacket(PacketType type, ByteBuf buf, int offset, int length) {
      if (state != State.OPEN) {
        return;
      }
      switch (type) {
        case CLOSE -> left();
        case PING -> end(CloseReason.PROTOCOL_ERROR);
        case PONG -> {
          if (pings.onPong(shard.nowNanos())) {
            schedule();
          }
        }
        case MESSAGE -> handler.onText(buf, offset, length);
        case OPEN, UPGRADE, NOOP -> {
          // Means nothing here, and harms nobody.
        }
      }
    }

    @Override
    public void onBinary(ByteBuf buf, int offset, int length) {
      if (state == State.OPEN) {
        handler.onBinary(buf, offset, length);
      }
    }
  }

  /// A poll gets an answer, even one that was sent before the client closed and comes after.
  private void left() {
    Poll waiting = poll;
    poll = null;
    if (waiting != null) {
      waiting.answer(NOOP);
    }
    if (waiting != null || webSocket != null) {
      end(CloseReason.NORMAL);
    } else {
      lingering = true;
      state = State.ENDING;
      endByNanos = shard.nowNanos() + ENDING_NANOS;
      schedule();
      handler.onGone(CloseReason.NORMAL);
    }
  }

  // Time.

  private void schedule() {
    shard.wheel().schedule(this, nextNanos());
  }

  private long nextNanos() {
    if (state == State.ENDING) {
      return endByNanos;
    }
    long next = pings.dueNanos();
    if (upgrade != null) {
      next = Math.min(next, upgrade.dueNanos());
    }
    return handler.isSettled() ? next : Math.min(next, settleByNanos);
  }

  @Override
  protected void onDeadline(long nowNanos) {
    if (upgrade != null && nowNanos - upgrade.dueNanos() >= 0) {
      onWebSocketFailed(upgrade.by(), CloseReason.HANDSHAKE_TIMEOUT);
    }
    if (state == State.ENDING) {
      if (nowNanos - endByNanos >= 0) {
        end(reason);
      }
    } else if (pings.isPongMissed(nowNanos)) {
      missedPong();
    } else if (pings.isPingDue(nowNanos)) {
      ping();
    } else if (!handler.isSettled() && settleByNanos != NEVER && nowNanos - settleByNanos >= 0) {
      end(CloseReason.HANDSHAKE_TIMEOUT);
    }
    if (state != State.GONE) {
      schedule();
    }
  }

  private void ping() {
    pings.onPing();
    shard.metrics().count(Counter.HEARTBEATS_SENT);
    send(false, ByteBufUtil.writeAscii(PooledByteBufAllocator.DEFAULT, PING));
  }

  private void missedPong() {
    if (state != State.GONE) {
      shard.metrics().count(Counter.PONGS_MISSED);
      end(CloseReason.PONG_TIMEOUT);
    }
  }

  @Override
  protected void onDrain() {
    handler.onDrain();
  }

  // The end.

  /// Ends it once the client has taken all that waits, and what its sockets say last.
  void finish(CloseReason why) {
    if (state != State.OPEN) {
      return;
    }
    state = State.ENDING;
    reason = why;
    endByNanos = shard.nowNanos() + ENDING_NANOS;
    handler.onEnding(why);
    schedule();
    wake();
  }

  /// Ends it now.
  void end(CloseReason why) {
    if (state == State.GONE) {
      return;
    }
    state = State.GONE;
    reason = why;
    shard.wheel().cancel(this);
    shard.metrics().count(Counter.SOCKETIO_SESSIONS_CLOSED);
    onGone.accept(this);
    outgoing.clear();
    Poll waiting = poll;
    poll = null;
    if (waiting != null) {
      waiting.answer(CLOSE);
    }
    if (webSocket != null) {
      webSocket.close(why);
    }
    if (upgrade != null) {
      upgrade.by().close(why);
    }
    handler.onGone(why);
    outgoing.closePipes();
  }
}
