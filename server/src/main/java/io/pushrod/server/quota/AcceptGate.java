package io.pushrod.server.quota;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Stands before a listener's accepted sockets: lets them in, cuts them, or leaves those that come
/// next in the kernel's queue for a while.
///
/// One gate serves all listeners of one acceptor loop. A socket that is cut is reset before a byte
/// of it was read: that costs nothing, and an EventSource comes back after it, as it would not
/// after a 503.
///
/// **Thread:** the acceptor's loop.
@Sharable
public final class AcceptGate extends ChannelInboundHandlerAdapter {
  private static final int LIMIT_ADDRESSES = 16_384;

  private final SocketSeats seats;
  private final @Nullable Pace pace;
  private final @Nullable AddressRates rates;
  private final LongSupplier nanos;
  private final ShardMetrics metrics;
  private long fullNanos;

  /// @param acceptsPerSecond over all; 0 for no bound
  /// @param acceptsPerAddress of one address; 0 for no bound
  /// @param nanos the clock
  /// @param metrics of the acceptor's loop
  public AcceptGate(
      SocketSeats seats,
      int acceptsPerSecond,
      int acceptsPerAddress,
      LongSupplier nanos,
      ShardMetrics metrics) {
    this.seats = seats;
    this.pace = acceptsPerSecond == 0 ? null : new Pace(acceptsPerSecond, acceptsPerSecond);
    this.rates =
        acceptsPerAddress == 0 ? null : new AddressRates(acceptsPerAddress, LIMIT_ADDRESSES);
    this.nanos = nanos;
    this.metrics = metrics;
    this.fullNanos = nanos.getAsLong();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Channel accepted = (Channel) message;
    long nowNanos = nanos.getAsLong();
    Counter refusal = refusal(accepted, nowNanos);
    if (refusal == null) {
      context.fireChannelRead(accepted);
      pass(context, nowNanos);
    } else {
      metrics.count(refusal);
      cut(accepted);
    }
  }

  /// What is cut does not count as accepted, so that one address cannot use up what all have.
  private @Nullable Counter refusal(Channel accepted, long nowNanos) {
    if (rates != null) {
      Long address = seats.address(accepted);
      if (address != null && !rates.take(address, nowNanos)) {
        return Counter.QUOTA_ACCEPTS_PER_ADDRESS;
      }
    }
    return seats.take(accepted);
  }

  private void pass(ChannelHandlerContext context, long nowNanos) {
    Pace known = pace;
    if (known != null) {
      fullNanos = known.after(fullNanos, nowNanos, 1);
      if (known.waitNanos(fullNanos, nowNanos) > 0 && context.channel().config().isAutoRead()) {
        metrics.count(Counter.QUOTA_ACCEPTS);
        context.channel().config().setAutoRead(false);
        resumeLater(context, known, nowNanos);
      }
    }
  }

  private void resumeLater(ChannelHandlerContext context, Pace known, long nowNanos) {
    long wait = Math.max(known.waitNanos(fullNanos, nowNanos), TimeUnit.MILLISECONDS.toNanos(1));
    var _ = context.executor().schedule(() -> resume(context, known), wait, TimeUnit.NANOSECONDS);
  }

  private void resume(ChannelHandlerContext context, Pace known) {
    long nowNanos = nanos.getAsLong();
    if (known.waitNanos(fullNanos, nowNanos) > 0) {
      resumeLater(context, known, nowNanos);
    } else {
      context.channel().config().setAutoRead(true);
    }
  }

  /// Closes with a reset, so that no socket of ours lingers in TIME_WAIT.
  private static void cut(Channel accepted) {
    var _ = accepted.config().setOption(ChannelOption.SO_LINGER, 0);
    accepted.unsafe().closeForcibly();
  }

  /// Addresses whose rate is remembered.
  int remembered() {
    return rates == null ? 0 : rates.size();
  }
}
