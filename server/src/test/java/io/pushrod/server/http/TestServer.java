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
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// A listener on a free loopback port with one event loop and a clock that the test moves.
public final class TestServer implements AutoCloseable {
  public static final HttpSettings SETTINGS =
      new HttpSettings(
          256,
          512,
          20,
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
  private final PipelineWatch watch = new PipelineWatch();
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
                transports.serverBootstrap(loops, loops, 16 * 1024).handler(watch.acceptor()),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  public RawClient client() {
    return client(0);
  }

  /// A client whose kernel holds few bytes that it has not read.
  public RawClient client(int receiveBufferBytes) {
    return new RawClient(HttpListener.port(bound), receiveBufferBytes);
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
    watch.awaitAllClosed();
  }

  /// Waits until so many connections have been opened in all.
  public void awaitOpened(int connections) {
    watch.awaitOpened(connections);
  }

  /// Waits until so many bytes have been read and handled in all.
  public void awaitBytes(long count) {
    watch.awaitBytes(count);
  }

  /// Moves the clock on the event loop, after whatever it is doing.
  public void advanceSeconds(long seconds) {
    onLoop(
        () -> {
          deadlines.advance(TimeUnit.SECONDS.toNanos(seconds));
          return 0L;
        });
  }

  public long onLoop(Callable<Long> task) {
    return loops.next().submit(task).syncUninterruptibly().getNow();
  }

  @Override
  public void close() {
    bound.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
