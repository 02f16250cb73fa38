package io.pushrod.server.transport.ingest;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.WriteBufferWaterMark;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.run.Desks;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.surface.Access;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/// Serves the ingest protocol on a port.
public final class IngestListener {
  /// Bytes of answers that may wait for a peer before we stop reading from it.
  private static final WriteBufferWaterMark ANSWERS = new WriteBufferWaterMark(16_384, 65_536);

  private final Hub hub;
  private final Entrance entrance;
  private final AtomicInteger open = new AtomicInteger();

  public IngestListener(
      Hub hub,
      Access access,
      EventTypes types,
      EventSchemas schemas,
      IngestSettings settings,
      Quotas quotas,
      Desks desks) {
    this.hub = hub;
    this.entrance =
        new Entrance(
            settings,
            access,
            types,
            schemas,
            new Producers(hub.storage().cluster() != null),
            quotas,
            desks);
  }

  /// How many sockets of publishers are open. **Thread:** any.
  public int open() {
    return open.get();
  }

  /// Starts to listen.
  ///
  /// @param bootstrap with groups, channel class and options set; its child handler becomes ours
  public ChannelFuture bind(ServerBootstrap bootstrap, SocketAddress address) {
    return bootstrap
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.config().setWriteBufferWaterMark(ANSWERS);
                open.incrementAndGet();
                channel.closeFuture().addListener(_ -> open.decrementAndGet());
                channel
                    .pipeline()
                    .addLast(
                        new IngestHandler(
                            new IngestConnection(channel, hub.of(channel.eventLoop()), entrance)));
              }
            })
        .bind(address);
  }
}
