package io.pushrod.server.conformance;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pushrod.server.http.HttpListener;
import io.pushrod.server.http.HttpSettings;
import io.pushrod.server.http.OriginPolicy;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Retention;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.LoopContext;
import io.pushrod.server.net.SharedReceiveAllocator;
import io.pushrod.server.net.Transports;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.quota.SocketSeats;
import io.pushrod.server.quota.UserSeats;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.SurfaceSettings;
import io.pushrod.server.transport.socketio.EngineEchoes;
import io.pushrod.server.transport.socketio.EngineSettings;
import io.pushrod.server.transport.socketio.SocketIoEndpoints;
import io.pushrod.server.transport.socketio.SocketIoSettings;
import io.pushrod.server.transport.websocket.EchoEndpoint;
import io.pushrod.server.transport.websocket.WebSocketSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The product's listener, HTTP and WebSocket code with answers that others can check: echoes, and
/// no token.
///
/// **Thread:** any.
public final class ConformanceServer implements AutoCloseable {
  private static final int BODY_BYTES = 64 << 20;
  private static final int OUTBOX_BYTES = 256 << 20;
  private static final int WATERMARK_BYTES = 1;

  private final EventLoopGroup loops;
  private final Shard shard;
  private final Channel bound;

  /// The same port of the other loopback address, where there is one.
  private final @Nullable Channel twin;

  /// @param messageBytes the longest WebSocket message
  /// @param fragments the most frames of one; 0 is no bound
  /// @param idleNanos how long a connection may say nothing
  public ConformanceServer(String host, int port, int messageBytes, int fragments, long idleNanos) {
    Transports transports = Transports.of("auto");
    loops = transports.group(1, new DefaultThreadFactory("conformance"));
    Hub hub = new Hub();
    shard = shard(hub, transports, idleNanos);
    hub.start(List.of(shard));
    shard.start();
    LoopContext context = new LoopContext(shard.metrics(), shard.wheel());
    NativeSurface surface = surface(messageBytes, idleNanos);
    EchoEndpoint echo =
        new EchoEndpoint(
            hub, surface, new WebSocketSettings(messageBytes, fragments, idleNanos, 1));
    HttpListener listener =
        new HttpListener(
            new HttpSettings(
                16 << 10,
                64 << 10,
                1_000,
                BODY_BYTES,
                16,
                idleNanos,
                idleNanos,
                idleNanos,
                idleNanos),
            ConformanceRoutes.of(echo, router -> addSocketIo(router, hub, surface)),
            OriginPolicy.of(List.of("*")),
            Transport.HTTP,
            _ -> context,
            InstantSource.system());
    ServerBootstrap bootstrap =
        transports
            .serverBootstrap(loops, loops, 32 << 10)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new SharedReceiveAllocator())
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(WATERMARK_BYTES, WATERMARK_BYTES));
    bound =
        listener.bind(bootstrap, new InetSocketAddress(host, port)).syncUninterruptibly().channel();
    ChannelFuture other =
        host.equals("127.0.0.1")
            ? listener
                .bind(
                    bootstrap.clone(), new InetSocketAddress(InetAddress.ofLiteral("::1"), port()))
                .awaitUninterruptibly()
            : null;
    twin = other != null && other.isSuccess() ? other.channel() : null;
  }

  /// The settings that the test suites of Engine.IO and Socket.IO ask for.
  private static void addSocketIo(Router router, Hub hub, NativeSurface surface) {
    EngineSettings engine =
        new EngineSettings(
            TimeUnit.MILLISECONDS.toNanos(300),
            TimeUnit.MILLISECONDS.toNanos(200),
            TimeUnit.SECONDS.toNanos(10),
            1_000_000,
            16,
            10_000,
            OUTBOX_BYTES);
    EngineEchoes.addTo(router, "/engine.io/", hub, surface, engine);
    SocketIoSettings settings =
        new SocketIoSettings(TimeUnit.SECONDS.toNanos(1), 10, 10_000_000, 0, 1, 1);
    EchoApp echo = new EchoApp();
    new SocketIoEndpoints(hub, surface, engine, settings, Map.of("/", echo, "/custom", echo))
        .addTo(router, "/socket.io/");
  }

  private Shard shard(Hub hub, Transports transports, long idleNanos) {
    HubSettings settings =
        new HubSettings(
            new Retention(1 << 20, 1000, 1000, 1 << 10),
            "conformance",
            1,
            1024,
            65_536,
            OUTBOX_BYTES,
            1 << 20,
            idleNanos,
            transports == Transports.EPOLL ? SocketWriters.EPOLL : SocketWriters.NETTY,
            Readership.NONE);
    return new Shard(
        0,
        (EventLoop) loops.iterator().next(),
        hub,
        settings,
        Clock.SYSTEM,
        new MetricsRegistry("conformance").shard(),
        new UnpooledByteBufAllocator(true));
  }

  /// An echo has no commands, so nothing behind the settings is ever asked.
  @SuppressWarnings("NullAway")
  private static NativeSurface surface(int messageBytes, long idleNanos) {
    Quotas none =
        new Quotas(new SocketSeats(0, 0, List.of()), new UserSeats(0, 0), new PublishRates(0, 1));
    return new NativeSurface(
        null, null, new SurfaceSettings(1, messageBytes, 1, idleNanos, 0), none, null);
  }

  public int port() {
    return HttpListener.port(bound);
  }

  @Override
  public void close() {
    bound.close().syncUninterruptibly();
    if (twin != null) {
      twin.close().syncUninterruptibly();
    }
    shard.loop().submit(() -> shard.drain(0, 0)).syncUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    shard.close();
  }
}
