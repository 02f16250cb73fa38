package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.ShardMetrics;
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
  private final NativeSurface surface;
  private final long number;

  /// When the next heartbeat is due, or, before authentication, until when the token may come.
  private long beatNanos;

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

  /// Sends a control that answers no command. Takes ownership.
  protected abstract void tell(ByteBuf json);

  @Override
  public void onUnsubscribed(String topic, ErrorCode code, @Nullable Cursor cursor) {
    ByteBuf out = channel().alloc().directBuffer(256);
    Replies.unsubscribed(out, topic, code, cursor);
    tell(out);
  }

  /// How events are framed for a new subscription.
  public abstract EventFormat format();

  /// Begins to watch over the connection; it may authenticate later when `who` is null.
  protected final void watch(@Nullable Identity who) {
    metrics().opened(transport());
    long nowNanos = shard().nowNanos();
    if (who != null) {
      identify(who);
      beatNanos = nowNanos + heartbeatNanos();
    } else {
      beatNanos = nowNanos + surface.settings().handshakeNanos();
    }
    shard().wheel().schedule(this, nextDeadline());
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
  protected final ByteBuf closeControl(CloseReason reason) {
    SequencedMap<String, Cursor> cursors = new LinkedHashMap<>();
    for (Subscription subscription : subscriptions()) {
      Cursor cursor = subscription.cursor();
      if (cursor != null) {
        cursors.put(subscription.key().name(), cursor);
      }
    }
    ByteBuf out = channel().alloc().directBuffer(256);
    Replies.close(out, reason, cursors);
    return out;
  }

  /// A message of the client. The bytes stay the caller's.
  public final void onCommand(ByteBuf json, int offset, int length) {
    surface.execute(this, json, offset, length, this);
  }

  /// The token changed.
  final void reidentify(Identity who) {
    if (identity() == null) {
      beatNanos = shard().nowNanos() + heartbeatNanos();
    }
    identify(who);
    shard().wheel().schedule(this, nextDeadline());
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
    if (shard().clock().millis() >= who.expiresAtMillis()) {
      close(CloseReason.TOKEN_EXPIRED);
      return NEVER;
    }
    if (nowNanos - beatNanos >= 0) {
      if (!beat()) {
        return NEVER;
      }
      beatNanos = nowNanos + heartbeatNanos();
    }
    return nextDeadline();
  }

  private long nextDeadline() {
    long next = beatNanos;
    Identity who = identity();
    if (who != null && who.expiresAtMillis() != Long.MAX_VALUE) {
      long left = Math.max(0, who.expiresAtMillis() - shard().clock().millis());
      if (left < TimeUnit.DAYS.toMillis(1)) {
        next = Math.min(next, shard().nowNanos() + TimeUnit.MILLISECONDS.toNanos(left));
      }
    }
    return next;
  }

  /// Time between two heartbeats.
  protected abstract long heartbeatNanos();

  /// Sends a heartbeat, or closes a connection whose peer answers none.
  ///
  /// @return whether the connection lives on
  protected abstract boolean beat();
}
