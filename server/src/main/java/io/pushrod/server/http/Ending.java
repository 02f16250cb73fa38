package io.pushrod.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import io.pushrod.codec.CloseReason;
import java.util.concurrent.TimeUnit;

/// How a connection ends, and why.
///
/// Closing at once, with bytes of the peer unread, would make the kernel reset the connection and
/// take the last answer with it. So the last answer goes out, then our half is closed, and the peer
/// has a while to read and close (RFC 9112 section 9.6).
///
/// **Thread:** the channel's event loop.
final class Ending {
  /// How long a peer may take to read its last answer and close.
  static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Channel channel;
  private CloseReason reason = CloseReason.NORMAL;

  Ending(Channel channel) {
    this.channel = channel;
  }

  CloseReason reason() {
    return reason;
  }

  /// Writes the last that there is to say, and closes our half behind it.
  ///
  /// @param last becomes the channel's
  void begin(Object last, CloseReason reason) {
    this.reason = reason;
    channel.writeAndFlush(last).addListener(this::endOutput);
    channel.config().setAutoRead(true);
  }

  private void endOutput(Future<?> written) {
    if (written.isSuccess() && channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else {
      close(reason);
    }
  }

  void close(CloseReason reason) {
    this.reason = reason;
    ChannelFuture _ = channel.close();
  }

  /// Closes a connection whose peer had its time.
  ///
  /// @param otherwise why, unless the peer does not take what was written
  void closeLate(CloseReason otherwise) {
    close(hasUnsentBytes() ? CloseReason.WRITE_TIMEOUT : otherwise);
  }

  boolean hasUnsentBytes() {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    return outbound != null && outbound.totalPendingWriteBytes() > 0;
  }
}
