package io.pushrod.server.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.FakeDeadlines;
import io.pushrod.server.net.LoopContext;
import io.pushrod.server.net.Transports;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A listener on a free loopback port with one event loop and a clock that the test moves.
public final class TestServer implements AutoCloseable {
  public static final HttpSettings SETTINGS =
      new HttpSettings(
          256,
          512,
          1024,
          4,
          TimeUnit.SECONDS.toNanos(10),
          TimeUnit.SECONDS.toNanos(5),
          TimeUnit.SECONDS.toNanos(20),
          TimeUnit.SECONDS.toNanos(60));

  private final EventLoopGroup loops;
  private final FakeDeadlines deadlines = new FakeDeadlines();
  private final MetricsRegistry registry = new MetricsRegistry("test");
  private final ShardMetrics metrics = registry.shard();
  private final Channel bound;

  public TestServer(Endpoint root) {
    this(root, List.of("same"), Transports.of("auto"));
  }

  public TestServer(Endpoint root, List<String> origins, Transports transports) {
    loops = transports.group(1, new DefaultThreadFactory("test-http", true));
    LoopContext context = new LoopContext(metrics, deadlines);
    HttpListener listener =
        new HttpListener(
            SETTINGS,
            root,
            OriginPolicy.of(origins),
            Transport.HTTP,
            loop -> context,
            InstantSource.fixed(Instant.EPOCH));
    bound =
        listener
            .bind(
                transports.serverBootstrap(loops, loops, 16 * 1024),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  public RawClient client() {
    return new RawClient(HttpListener.port(bound));
  }

  public MetricsRegistry registry() {
    return registry;
  }

  public FakeDeadlines deadlines() {
    return deadlines;
  }

  public long count(Counter counter) {
    return onLoop(() -> metrics.value(counter));
  }

  public long closes(CloseReason reason) {
    return onLoop(() -> metrics.closes(Transport.HTTP, reason));
  }

  /// Waits until every connection was closed and counted.
  public void awaitAllClosed() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (onLoop(this::open) > 0) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("connections: " + onLoop(this::open) + " (expected: 0)");
      }
      Thread.onSpinWait();
    }
  }

  private long open() {
    long ended = metrics.handOvers(Transport.HTTP);
    for (CloseReason reason : CloseReason.values()) {
      ended += metrics.closes(Transport.HTTP, reason);
    }
    return metrics.opens(Transport.HTTP) - ended;
  }

  /// Moves the clock on the event loop, after whatever it is doing.
  public void advanceSeconds(long seconds) {
    onLoop(
        () -> {
          deadlines.advance(TimeUnit.SECONDS.toNanos(seconds));
          return 0L;
        });
  }

  public long onLoop(java.util.concurrent.Callable<Long> task) {
    return loops.next().submit(task).syncUninterruptibly().getNow();
  }

  @Override
  public void close() {
    bound.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
