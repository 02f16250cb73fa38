package io.pushrod.bench.jmh;

import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.List;

/// A server's core with one shard, whose turns are run by whoever uses it.
public final class SingleShard implements AutoCloseable {
  public final HeldLoop loop = new HeldLoop();
  public final Shard shard;

  public SingleShard() {
    Hub hub = new Hub();
    this.shard =
        new Shard(
            0,
            loop,
            hub,
            Samples.hubSettings(SinkConnection.WRITER),
            Clock.SYSTEM,
            new ShardMetrics(),
            Samples.allocator());
    hub.start(List.of(shard));
  }

  @Override
  public void close() {
    shard.close();
  }
}
