package io.pushrod.server.transport.websocket;

import io.netty.util.concurrent.ScheduledFuture;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.Connection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Holds a connection's events back and lets them go once per window, so that one frame carries all
/// that came within it.
///
/// **Thread:** the connection's shard.
final class BatchWindow implements Runnable {
  private final Connection connection;
  private final Shard shard;
  private final long millis;
  private @Nullable ScheduledFuture<?> timer;

  BatchWindow(Connection connection, Shard shard, long millis) {
    this.connection = connection;
    this.shard = shard;
    this.millis = millis;
  }

  void begin() {
    connection.hold();
    timer = shard.loop().scheduleAtFixedRate(this, millis, millis, TimeUnit.MILLISECONDS);
  }

  /// What waits leaves in the shard's next turn, and then the window is shut again.
  @Override
  public void run() {
    if (connection.isClosing()) {
      end();
      return;
    }
    connection.letGo();
    shard.onWritable(connection);
    shard.loop().execute(connection::hold);
  }

  void end() {
    if (timer != null) {
      var _ = timer.cancel(false);
      timer = null;
    }
  }
}
