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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One Engine.IO client, over polling, then perhaps WebSocket, or WebSocket from the start.
///
/// **Thread:** its shard.
/* What is to be sent waits in two places: the session's own packets in `queue`, those of sockets in pipes. `pump` moves
 * both to whoever may take them: the poll that waits, or the WebSocket while it is writable. An upgrade changes only who
 * that is. An end is either at once (`end`), or after all that waits was taken (`finish`). */
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
  private final PacketQueue queue;
  private final List<PipeChannel> pipes = new ArrayList<>(2);
  private final PacketListener packets = new Packets();
  private State state = State.OPEN;
  private CloseReason reason = CloseReason.NORMAL;
  private @Nullable Poll poll;
  private @Nullable EngineWebSocket webSocket;
  private @Nullable EngineWebSocket probing;
  private boolean probed;

  /// Whether the client closed it, and a poll that it sent at the same time may still come.
  private boolean lingering;

  private boolean awake;
  private int firstPipe;
  private long pingDueNanos;

  /// 0 while no ping is unanswered.
  private long pongDueNanos;

  private final long settleByNanos;
  private long upgradeByNanos;
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
    this.queue = new PacketQueue(settings.queueBytes());
    long nowNanos = shard.nowNanos();
    this.pingDueNanos = nowNanos + settings.pingIntervalNanos();
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
    } else if (queue.offer(new PacketQueue.Packet(binary, bytes))) {
      wake();
    } else {
      bytes.release();
      end(CloseReason.SLOW_CONSUMER);
    }
  }

  void add(PipeChannel pipe) {
    pipes.add(pipe);
  }

  void remove(PipeChannel pipe) {
    pipes.remove(pipe);
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
      FrameSink sink = new FrameSink(taker.channel());
      for (PacketQueue.Packet packet = queue.poll(); packet != null; packet = next(sink)) {
        sink.take(packet);
      }
      drainPipes(sink);
      more = sink.flush();
    }
    if (state == State.ENDING && !more) {
      end(reason);
    }
  }

  private PacketQueue.@Nullable Packet next(PipeChannel.Sink sink) {
    return sink.wantsMore() ? queue.poll() : null;
  }

  private void answerPoll() {
    Poll waiting = poll;
    if (waiting == null) {
      return;
    }
    ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(512);
    PollSink sink = new PollSink(out, settings.pollPackets());
    for (PacketQueue.Packet packet = queue.poll(); packet != null; packet = next(sink)) {
      sink.take(packet);
    }
    drainPipes(sink);
    if (out.isReadable()) {
      poll = null;
      waiting.answer(sink.payload());
      return;
    }
    out.release();
    if (state == State.ENDING) {
      end(reason);
    } else if (probed) {
      poll = null;
      waiting.answer(NOOP);
    }
  }

  /// Begins with another pipe each time, so that none waits for ever.
  private void drainPipes(PipeChannel.Sink sink) {
    PipeChannel[] all = pipes.toArray(PipeChannel[]::new);
    firstPipe = all.length == 0 ? 0 : (firstPipe + 1) % all.length;
    for (int i = 0; i < all.length && sink.wantsMore(); i++) {
      all[(firstPipe + i) % all.length].drainTo(sink);
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
    if (pongDueNanos != 0 && shard.nowNanos() - pongDueNanos >= 0) {
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
    if (state != State.OPEN || webSocket != null || probing != null) {
      by.close(CloseReason.PROTOCOL_ERROR);
      return;
    }
    probing = by;
    upgradeByNanos = shard.nowNanos() + settings.upgradeTimeoutNanos();
    schedule();
    by.attach(this);
  }

  /// Who hears what a WebSocket sends.
  PacketListener listenerFor(EngineWebSocket from) {
    return from == webSocket ? packets : new Probe(from);
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
    if (of == probing) {
      probing = null;
      probed = false;
    }
  }

  /// Hears a WebSocket before it is the session's.
  private final class Probe implements PacketListener {
    private final EngineWebSocket from;

    Probe(EngineWebSocket from) {
      this.from = from;
    }

    @Override
    public void onPacket(PacketType type, ByteBuf buf, int offset, int length) {
      if (from != probing || state != State.OPEN) {
        return;
      }
      if (type == PacketType.PING && EnginePackets.isProbe(buf, offset, length)) {
        from.sendNow("3" + EnginePackets.PROBE);
        probed = true;
        answerPoll();
      } else if (type == PacketType.UPGRADE) {
        upgrade(from);
      } else {
        onWebSocketFailed(from, CloseReason.PROTOCOL_ERROR);
      }
    }

    @Override
    public void onBinary(ByteBuf buf, int offset, int length) {
      onWebSocketFailed(from, CloseReason.PROTOCOL_ERROR);
    }
  }

  private void upgrade(EngineWebSocket to) {
    probing = null;
    probed = false;
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
          if (pongDueNanos != 0) {
            pongDueNanos = 0;
            pingDueNanos = Math.max(shard.nowNanos(), pingDueNanos + settings.pingIntervalNanos());
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
    long next = pongDueNanos != 0 ? pongDueNanos : pingDueNanos;
    if (probing != null) {
      next = Math.min(next, upgradeByNanos);
    }
    return handler.isSettled() ? next : Math.min(next, settleByNanos);
  }

  @Override
  protected void onDeadline(long nowNanos) {
    EngineWebSocket slow = probing;
    if (slow != null && nowNanos - upgradeByNanos >= 0) {
      onWebSocketFailed(slow, CloseReason.HANDSHAKE_TIMEOUT);
    }
    if (state == State.ENDING) {
      if (nowNanos - endByNanos >= 0) {
        end(reason);
      }
    } else if (pongDueNanos != 0 && nowNanos - pongDueNanos >= 0) {
      missedPong();
    } else if (pongDueNanos == 0 && nowNanos - pingDueNanos >= 0) {
      ping();
    } else if (!handler.isSettled() && settleByNanos != NEVER && nowNanos - settleByNanos >= 0) {
      end(CloseReason.HANDSHAKE_TIMEOUT);
    }
    if (state != State.GONE) {
      schedule();
    }
  }

  private void ping() {
    pongDueNanos = pingDueNanos + settings.pingTimeoutNanos();
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
    queue.clear();
    Poll waiting = poll;
    poll = null;
    if (waiting != null) {
      waiting.answer(CLOSE);
    }
    if (webSocket != null) {
      webSocket.close(why);
    }
    if (probing != null) {
      probing.close(why);
    }
    handler.onGone(why);
    List.copyOf(pipes).forEach(PipeChannel::close);
  }
}
