package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.net.Deadline;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One transport socket, seen from the core. A transport extends it with its framing of controls
/// and goodbyes.
///
/// **Thread:** its shard.
/* Bytes leave in three ways, never mixed. Free: shared bytes go straight to the socket, or wait in a batch of the
 * shard's turn for one system call; whatever else happens to the connection settles that batch first. Pushed back: the unfinished rest
 * of one event is with Netty, which waits for the socket; everything else waits in the outbox. Closing: the goodbye is
 * with Netty and nothing else is written. So no frame ever begins while another is unfinished. */
public abstract class Connection extends Deadline implements Bearer {
  private static final ConnectionLog LOG = ConnectionLog.of(Connection.class);

  /// No deadline.
  protected static final long NEVER = Long.MAX_VALUE;

  /// What [#offer] returns when nothing may be written now.
  public static final int NOT_NOW = -1;

  /// How long a goodbye may take before the socket is cut.
  private static final long GOODBYE_NANOS = 2_000_000_000L;

  private final Channel channel;

  /// The channel's own, kept beside it: a fan-out touches each connection once, and every object
  /// less on the way is a cache miss less.
  private final @Nullable Socket socket;

  private final ConnectionContext context;
  private @Nullable Identity identity;
  private @Nullable Outbox outbox;
  private List<Subscription> subscriptions = List.of();

  /// The number of the last batch that took bytes for it and may still have them; 0 for none.
  private int batch;

  private boolean pushedBack;
  private boolean held;
  private boolean finishing;
  private boolean closing;
  private boolean counted;
  private boolean ready;

  protected Connection(Channel channel, ConnectionContext context) {
    this.channel = channel;
    this.socket = channel instanceof UnixChannel unix && unix.fd() instanceof Socket of ? of : null;
    this.context = context;
  }

  public final Channel channel() {
    return channel;
  }

  /// The channel's socket, below Netty.
  ///
  /// @throws IllegalStateException if the transport has none
  public final Socket socket() {
    Socket known = socket;
    if (known == null) {
      throw new IllegalStateException("socket: none (expected: a native transport)");
    }
    return known;
  }

  /// The channel's socket, below Netty, if the transport has one.
  final @Nullable Socket socketIfAny() {
    return socket;
  }

  public final ConnectionContext context() {
    return context;
  }

  public abstract Transport transport();

  /// Who is behind it; null before authentication.
  public final @Nullable Identity identity() {
    return identity;
  }

  @Override
  public final boolean isBy(Predicate<Identity> whose) {
    return identity != null && whose.test(identity);
  }

  public final void identify(Identity who) {
    identity = who;
  }

  // Subscriptions.

  /// A snapshot: it does not change when subscriptions come and go.
  public final List<Subscription> subscriptions() {
    return subscriptions;
  }

  public final @Nullable Subscription subscription(String topic) {
    for (Subscription subscription : subscriptions) {
      if (subscription.key().name().equals(topic)) {
        return subscription;
      }
    }
    return null;
  }

  public final void add(Subscription subscription) {
    List<Subscription> all = new ArrayList<>(subscriptions);
    all.add(subscription);
    subscriptions = List.copyOf(all);
  }

  public final void remove(Subscription subscription) {
    List<Subscription> rest = new ArrayList<>(subscriptions);
    rest.remove(subscription);
    subscriptions = List.copyOf(rest);
    if (outbox != null) {
      outbox.forget(subscription);
    }
  }

  /// A subscription stands, and is about to get its first event.
  protected void onBegun(Subscription subscription) {}

  /// What stores events cannot be used, or can again.
  ///
  /// @param sinceMillis since the epoch; 0 when it can
  public void onDegraded(long sinceMillis) {}

  /// A subscription was taken away; it is no longer among [#subscriptions()].
  ///
  /// @param cursor where it would go on; null when it had not begun
  public void onUnsubscribed(String topic, ErrorCode code, @Nullable Cursor cursor) {
    close(CloseReason.FORBIDDEN);
  }

  /// A subscription has been given all of a log that takes no more. Told again, when there is cause
  /// to look again.
  public void onSealed(Subscription subscription) {}

  /// A subscription has been given everything that its log has. Told each time that it catches up:
  /// when it has begun, and after every lag. It may send; what it ends or begins has to wait for
  /// the shard's next task.
  public void onCaughtUp(Subscription subscription) {}

  // Writing.

  /// Whether bytes may go straight to the socket.
  public final boolean isFree() {
    return !pushedBack && !held && !closing;
  }

  /// Nothing leaves until [#letGo()]: what is to be sent waits in the outbox.
  public final void hold() {
    held = true;
  }

  /// Ends [#hold()]; the caller then tells the shard that there is room.
  public final void letGo() {
    held = false;
  }

  /// Marks whether it stands in its shard's list of connections with something to send.
  ///
  /// @return whether that changed
  public final boolean ready(boolean now) {
    boolean changed = ready != now;
    ready = now;
    return changed;
  }

  @Override
  public final boolean isClosing() {
    return closing;
  }

  /// What writes shared bytes to the channel.
  protected SocketWriter writer() {
    return context.writer();
  }

  /// Offers shared bytes to the socket.
  ///
  /// @return how many of `range.length()` were taken, or [#NOT_NOW]; a broken socket takes all of
  ///   them and goes down
  public final int offer(EventRange range) {
    settle();
    if (!isFree()) {
      return NOT_NOW;
    }
    try {
      int taken = writer().write(this, range.bytes(), range.view(), range.offset(), range.length());
      if (writer().buffers() && !channel.isWritable()) {
        pushBack();
      }
      return taken;
    } catch (IOException e) {
      broken();
      return range.length();
    }
  }

  /// Whether bytes for it wait in the batch of that number.
  final boolean isIn(int number) {
    return batch == number;
  }

  final void joined(int number) {
    batch = number;
  }

  /// What waits in a batch leaves before anything else does.
  private void settle() {
    if (batch != 0) {
      int number = batch;
      batch = 0;
      context.settle(number);
    }
  }

  /// Leaves the unfinished rest of an event to Netty, after a short write.
  public final void finishLater(EventRange range, int taken) {
    int rest = range.endAt(taken) - taken;
    ByteBuf copy = channel.alloc().directBuffer(rest, rest);
    copy.writeBytes(range.bytes(), range.offset() + taken, rest);
    var _ = channel.writeAndFlush(copy, channel.voidPromise());
    if (!channel.isWritable()) {
      pushBack();
    }
  }

  /// Sends one whole frame, now or when the socket has room; takes ownership of it. A connection
  /// whose outbox has no room for it is a slow consumer and is closed.
  public final void send(ByteBuf frame) {
    settle();
    if (closing) {
      frame.release();
    } else if (isFree()) {
      var _ = channel.writeAndFlush(frame, channel.voidPromise());
      if (!channel.isWritable()) {
        pushBack();
      }
    } else if (!outbox().offer(frame)) {
      frame.release();
      context.onOutboxFull(outbox().isFullOfEntries());
      close(CloseReason.SLOW_CONSUMER);
    }
  }

  /// Sends a frame if the socket has room, else drops it. Takes ownership.
  ///
  /// @return whether it was sent
  public final boolean sendIfFree(ByteBuf frame) {
    settle();
    if (!isFree()) {
      frame.release();
      return false;
    }
    send(frame);
    return true;
  }

  /// The socket has room again: control frames first.
  ///
  /// @return whether it still has room afterwards
  public final boolean onWritable() {
    if (closing || !channel.isWritable()) {
      return false;
    }
    pushedBack = false;
    Outbox waiting = outbox;
    if (waiting != null) {
      waiting.socketBytes(0);
    }
    while (waiting != null && isFree()) {
      ByteBuf frame = waiting.pollFrame();
      if (frame == null) {
        break;
      }
      send(frame);
    }
    if (finishing && isFree()) {
      close(CloseReason.NORMAL, false);
    }
    return isFree();
  }

  /// How many bytes of a topic a reader may be behind before its overflow policy acts.
  public long lagBytes() {
    return context.outboxBytes();
  }

  /// How many events of a topic a reader may be behind before its overflow policy acts; less than
  /// half of the range of a long.
  public long lagEvents() {
    return Long.MAX_VALUE / 2;
  }

  public final Outbox outbox() {
    if (outbox == null) {
      outbox = new Outbox(context.outboxEntries(), context.outboxBytes(), context.memory());
    }
    return outbox;
  }

  public final @Nullable Outbox outboxIfAny() {
    return outbox;
  }

  /// Whether the socket has taken everything that there is for this connection.
  public final boolean isServed() {
    if (!isFree() || (outbox != null && outbox.frameBytes() > 0)) {
      return false;
    }
    for (Subscription subscription : subscriptions) {
      if (!subscription.isAtEnd()) {
        return false;
      }
    }
    return true;
  }

  /// Gives up an outbox in which nothing waits any more.
  public final void trimOutbox() {
    if (outbox != null && !pushedBack && outbox.isEmpty()) {
      outbox = null;
    }
  }

  private void pushBack() {
    if (!pushedBack) {
      pushedBack = true;
      long nowNanos = context.nowNanos();
      outbox().pushedBack(nowNanos, progress());
      outbox().socketBytes(pendingBytes());
      context.onPushback();
      context.wheel().scheduleEarlier(this, nowNanos + context.writeProgressNanos());
    }
  }

  /// Closes a connection that took no byte for too long.
  ///
  /// @return the next time to look, or [#NEVER]
  private long checkWriteProgress(long nowNanos) {
    if (!pushedBack) {
      return NEVER;
    }
    if (outbox().progressed(nowNanos, progress())) {
      return nowNanos + context.writeProgressNanos();
    }
    long deadline = outbox().progressNanos() + context.writeProgressNanos();
    if (nowNanos - deadline < 0) {
      return deadline;
    }
    close(CloseReason.WRITE_TIMEOUT);
    return NEVER;
  }

  private long pendingBytes() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null ? 0 : pending.totalPendingWriteBytes();
  }

  private long progress() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null ? 0 : pending.currentProgress() - pending.totalPendingWriteBytes();
  }

  // The end.

  /// Says goodbye, ends the output and waits for the peer to close: closing over bytes of it that
  /// are unread would reset the connection, and what the peer has not got yet with it (RFC 9293
  /// section 3.6.1). A peer that said goodbye first has nothing more to send.
  @Override
  public final void close(CloseReason reason) {
    close(reason, reason == CloseReason.NORMAL);
  }

  /// Says goodbye to a peer that has been told everything, now or once its socket has taken that.
  public final void finish() {
    settle();
    finishing = true;
    if (isFree()) {
      close(CloseReason.NORMAL, false);
    }
  }

  /// @param toldFirst whether the peer has said goodbye already
  private void close(CloseReason reason, boolean toldFirst) {
    settle();
    if (closing) {
      return;
    }
    ByteBuf goodbye = goodbye(reason);
    closing = true;
    if (outbox != null) {
      outbox.dropFrames();
    }
    counted(reason);
    if (goodbye != null && !channel.isActive()) {
      goodbye.release();
      goodbye = null;
    }
    if (goodbye == null) {
      var _ = channel.close();
    } else {
      ChannelFuture written = channel.writeAndFlush(goodbye);
      if (!toldFirst && channel instanceof DuplexChannel duplex) {
        written.addListener(done -> endOutput(duplex, done.isSuccess()));
      } else {
        written.addListener(ChannelFutureListener.CLOSE);
      }
      context.wheel().schedule(this, context.nowNanos() + GOODBYE_NANOS);
    }
  }

  private static void endOutput(DuplexChannel channel, boolean toldGoodbye) {
    if (toldGoodbye) {
      channel.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else {
      var _ = channel.close();
    }
  }

  /// Cuts the socket of a connection that broke a promise or is broken itself.
  public final void broken() {
    settle();
    closing = true;
    var _ = channel.close();
  }

  /// The socket is gone; frees what the connection held.
  ///
  /// @param reason counted unless we closed it ourselves
  public final void onClosed(CloseReason reason) {
    closing = true;
    counted(reason);
    context.wheel().cancel(this);
    if (outbox != null) {
      outbox.close();
      outbox = null;
    }
  }

  private void counted(CloseReason reason) {
    if (!counted) {
      counted = true;
      context.onClose(this, reason);
      LOG.closed(channel, transport(), reason);
    }
  }

  @Override
  protected final void onDeadline(long nowNanos) {
    if (closing) {
      var _ = channel.close();
      return;
    }
    long next = Math.min(onHeartbeat(nowNanos), checkWriteProgress(nowNanos));
    if (!closing && next != NEVER) {
      context.wheel().schedule(this, next);
    }
  }

  /// Time for a heartbeat, or to look whether the peer still lives and may still be here.
  ///
  /// @return the next time, or [#NEVER]
  protected abstract long onHeartbeat(long nowNanos);

  /// The last bytes to the peer; null for none.
  protected abstract @Nullable ByteBuf goodbye(CloseReason reason);
}
