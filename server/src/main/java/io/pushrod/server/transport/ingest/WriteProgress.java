package io.pushrod.server.transport.ingest;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/// Tells a socket that takes bytes slowly from one that takes none.
///
/// **Thread:** one connection.
final class WriteProgress {
  private final Channel channel;
  private final long limitNanos;
  private long sinceNanos;
  private long pendingBytes;
  private long headBytes;

  /// @param limitNanos how long bytes may wait while none is taken
  WriteProgress(Channel channel, long limitNanos) {
    this.channel = channel;
    this.limitNanos = limitNanos;
  }

  /// Looks at what waits after a write.
  ///
  /// @return whether it has only begun to wait, so that somebody should look again later
  boolean hasBegunToWait(long nowNanos) {
    return pendingBytes == 0 && observe(nowNanos);
  }

  /// Whether nothing was taken for the limit.
  boolean isStuck(long nowNanos) {
    long pendingBefore = pendingBytes;
    long headBefore = headBytes;
    long since = sinceNanos;
    if (!observe(nowNanos) || pendingBefore == 0) {
      return false;
    }
    boolean moved = pendingBytes < pendingBefore || headBytes != headBefore;
    sinceNanos = moved ? nowNanos : since;
    return nowNanos - sinceNanos >= limitNanos;
  }

  boolean isWaiting() {
    return pendingBytes > 0;
  }

  /// When to look again while bytes wait.
  long dueNanos() {
    return sinceNanos + limitNanos;
  }

  private boolean observe(long nowNanos) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    pendingBytes = buffer == null ? 0 : buffer.totalPendingWriteBytes();
    headBytes = buffer == null ? 0 : buffer.currentProgress();
    sinceNanos = nowNanos;
    return pendingBytes > 0;
  }
}
