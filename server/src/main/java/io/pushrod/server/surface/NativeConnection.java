package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A connection that speaks the native dialect, over whatever transport.
///
/// **Thread:** its shard.
public abstract class NativeConnection extends Connection implements ReplySink {
  private static final ConnectionLog LOG = ConnectionLog.of(NativeConnection.class);

  private final NativeSurface surface;
  private final long number;

  /// When the next heartbeat is due, or, before authentication, until when the token may come.
  private long beatNanos;

  /// Whether the client was told that its token expires.
  private boolean warned;

  /// Whether the client was told that nothing can be stored.
  private boolean degraded;

  /// @param number says which connection this is, in logs and commands; random
  protected NativeConnection(Channel channel, Shard shard, NativeSurface surface, long number) {
    super(channel, shard);
    this.surface = surface;
    this.number = number;
  }

  protected NativeConnection(Channel channel, Shard shard, NativeSurface surface) {
    this(channel, shard, surface, ThreadLocalRandom.current().nextLong());
  }

  public final Shard shard() {
    return (Shard) context();
  }

  public final ShardMetrics metrics() {
    return shard().metrics();
  }

  /// The connection's name: its shard, a dash, and its number in base 36.
  public final String id() {
    return shard().index() + "-" + Long.toUnsignedString(number, 36);
  }

  /// A subscription is about to be added by a command.
  protected void onSubscribing() {}

  @Override
  public void onUnsubscribed(String topic, ErrorCode code, @Nullable Cursor cursor) {
    ByteBuf out = channel().alloc().directBuffer(256);
    Replies.unsubscribed(out, topic, code, cursor);
    control(out);
  }

  /// How events are framed for a new subscription.
  public abstract EventFormat format();

  /// Begins to watch over the connection; it may authenticate later when `who` is null. Whoever
  /// finds no seat stays unidentified, and the caller closes.
  protected final void watch(@Nullable Identity who) {
    metrics().opened(transport());
    LOG.opened(channel(), transport(), id());
    long nowNanos = shard().nowNanos();
    if (who != null && takeSeat(who)) {
      identify(who);
      beatNanos = nowNanos + heartbeatNanos();
    } else {
      beatNanos = nowNanos + surface.settings().handshakeNanos();
    }
    shard().wheel().schedule(this, nextDeadline());
  }

  private boolean takeSeat(Identity who) {
    Counter usedUp = surface.seats().take(who.tenant(), who.user());
    if (usedUp != null) {
      metrics().count(usedUp);
    }
    return usedUp == null;
  }

  /// The socket is gone: whoever was identified had a seat.
  final void giveBackSeat() {
    Identity who = identity();
    if (who != null) {
      surface.seats().giveBack(who.tenant(), who.user());
    }
  }

  /// The reply to whoever opened it.
  protected final ByteBuf welcome() {
    ByteBuf out = channel().alloc().directBuffer(256);
    Replies.welcome(
        out,
        id(),
        identity() != null,
        TimeUnit.NANOSECONDS.toMillis(heartbeatNanos()),
        surface.settings().frameBytes(),
        surface.settings().subscriptions());
    return out;
  }

  /// The control that stands before a close, with a cursor for each topic.
  protected final ByteBuf closeControl(CloseReason reason, long retryAfterMillis) {
    SequencedMap<String, Cursor> cursors = new LinkedHashMap<>();
    for (Subscription subscription : subscriptions()) {
      Cursor cursor = subscription.cursor();
      if (cursor != null) {
        cursors.put(subscription.key().name(), cursor);
      }
    }
    ByteBuf out = channel().alloc().directBuffer(256);
    Replies.close(out, reason, retryAfterMillis, cursors);
    return out;
  }

  /// A message of the client. The bytes stay the caller's.
  public final void onCommand(ByteBuf json, int offset, int length) {
    surface.execute(this, json, offset, length, this);
  }

  /// The token changed, for another one of the same user.
  ///
  /// @return false when there is no seat for a user who comes only now
  public final boolean reidentify(Identity who) {
    if (identity() == null) {
      if (!takeSeat(who)) {
        return false;
      }
      beatNanos = shard().nowNanos() + heartbeatNanos();
    }
    identify(who);
    warned = false;
    shard().wheel().schedule(this, nextDeadline());
    return true;
  }

  @Override
  protected final long onHeartbeat(long nowNanos) {
    Identity who = identity();
    if (who == null) {
      if (nowNanos - beatNanos < 0) {
        return beatNanos;
      }
      close(CloseReason.HANDSHAKE_TIMEOUT);
      return NEVER;
    }
    long nowMillis = shard().clock().millis();
    if (nowMillis >= who.expiresAtMillis()) {
      close(CloseReason.TOKEN_EXPIRED);
      return NEVER;
    }
    if (nowMillis >= warningMillis(who)) {
      warn(who);
      if (isClosing()) {
        return NEVER;
      }
    }
    long limit = limitNanos();
    if (limit != NEVER && nowNanos - limit >= 0) {
      onLimit();
      if (isClosing()) {
        return NEVER;
      }
      return limitNanos() == limit ? nowNanos + heartbeatNanos() : nextDeadline();
    }
    if (nowNanos - beatNanos >= 0) {
      if (!beat()) {
        return NEVER;
      }
      beatNanos = nowNanos + heartbeatNanos();
    }
    return nextDeadline();
  }

  /// When the client is to be warned; never again once it was.
  private long warningMillis(Identity who) {
    long before = surface.settings().expiryWarningMillis();
    return warned || before == 0 || who.expiresAtMillis() == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : who.expiresAtMillis() - before;
  }

  private void warn(Identity who) {
    warned = true;
    metrics().count(Counter.TOKEN_WARNINGS);
    ByteBuf out = channel().alloc().directBuffer(64);
    Replies.tokenExpiring(out, who.expiresAtMillis());
    control(out);
  }

  @Override
  public final void onDegraded(long sinceMillis) {
    if (identity() == null || degraded == (sinceMillis != 0)) {
      return;
    }
    degraded = sinceMillis != 0;
    metrics().count(Counter.DEGRADED_TOLD);
    ByteBuf out = channel().alloc().directBuffer(64);
    if (sinceMillis == 0) {
      Replies.restored(out);
    } else {
      Replies.degraded(out, sinceMillis);
    }
    control(out);
  }

  /// Tells who comes while nothing can be stored, as those were told that were there.
  protected final void tellIfDegraded() {
    long sinceMillis = shard().degradedSinceMillis();
    if (sinceMillis != 0) {
      onDegraded(sinceMillis);
    }
  }

  private long nextDeadline() {
    long next = Math.min(beatNanos, limitNanos());
    Identity who = identity();
    if (who != null && who.expiresAtMillis() != Long.MAX_VALUE) {
      long due = Math.min(who.expiresAtMillis(), warningMillis(who));
      long left = Math.max(0, due - shard().clock().millis());
      if (left < TimeUnit.DAYS.toMillis(1)) {
        next = Math.min(next, shard().nowNanos() + TimeUnit.MILLISECONDS.toNanos(left));
      }
    }
    return next;
  }

  /// Ends a subscription that the client may not have any longer, and tells it where it was.
  public final void withdraw(Subscription subscription, ErrorCode code) {
    Cursor cursor = subscription.cursor();
    shard().unsubscribe(subscription);
    onUnsubscribed(subscription.key().name(), code, cursor);
  }

  /// When the connection's time is over; [#NEVER] for one that has no end set.
  protected long limitNanos() {
    return NEVER;
  }

  /// That time has come; told again at each heartbeat until the connection closes or has another
  /// limit.
  protected void onLimit() {}

  /// Sends what answers no command, now or when the socket has room. Takes ownership.
  protected abstract void control(ByteBuf json);

  /// Time between two heartbeats.
  protected abstract long heartbeatNanos();

  /// Sends a heartbeat, or closes a connection whose peer answers none.
  ///
  /// @return whether the connection lives on
  protected abstract boolean beat();
}
