package io.pushrod.server.transport.socketio;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.engineio.EngineError;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Query;
import io.pushrod.server.http.Router;
import io.pushrod.server.http.WebSocketRequest;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.surface.NativeSurface;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Answers the requests of Engine.IO clients: opens sessions, and brings later requests to them.
///
/// **Thread:** any loop. The table of sessions is the only thing that loops share.
final class EngineEndpoint implements Endpoint {
  private static final String POLLING = "polling";
  private static final String WEBSOCKET = "websocket";
  private static final List<HttpMethod> METHODS =
      List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);

  private final Hub hub;
  private final NativeSurface surface;
  private final EngineSettings settings;
  private final EngineSession.Opener opener;
  private final Map<String, EngineSession> sessions = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final SecureRandom random = new SecureRandom();

  EngineEndpoint(
      Hub hub, NativeSurface surface, EngineSettings settings, EngineSession.Opener opener) {
    this.hub = hub;
    this.surface = surface;
    this.settings = settings;
    this.opener = opener;
    hub.shards().forEach(this::endWith);
  }

  /// A session that polls has no socket that its loop closes with itself.
  private void endWith(Shard shard) {
    if (shard.loop() instanceof SingleThreadEventExecutor executor) {
      executor.addShutdownHook(
          () ->
              List.copyOf(sessions.values()).stream()
                  .filter(session -> session.shard() == shard)
                  .forEach(session -> session.end(CloseReason.SHUTDOWN)));
    }
  }

  /// @param path with or without a slash at its end; it is served both ways
  void addTo(Router router, String path) {
    String bare = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    for (HttpMethod method : METHODS) {
      router.add(method, bare, this);
      router.add(method, bare + "/", this);
    }
  }

  @Override
  public void handle(Exchange exchange) {
    Query query = exchange.query();
    String transport = query.first("transport");
    String sid = query.first("sid");
    if (!POLLING.equals(transport) && !WEBSOCKET.equals(transport)) {
      Poll.refuse(exchange, EngineError.TRANSPORT_UNKNOWN);
    } else if (!"4".equals(query.first("EIO"))) {
      Poll.refuse(exchange, EngineError.UNSUPPORTED_PROTOCOL_VERSION);
    } else if (!exchange.originAllowed()) {
      exchange.metrics().count(Counter.HTTP_ORIGIN_REFUSED);
      Poll.refuse(exchange, EngineError.FORBIDDEN);
    } else if (sid == null || sid.isEmpty()) {
      open(exchange, WEBSOCKET.equals(transport));
    } else {
      EngineSession session = sessions.get(sid);
      if (session == null) {
        Poll.refuse(exchange, EngineError.SESSION_ID_UNKNOWN);
      } else if (WEBSOCKET.equals(transport)) {
        probe(exchange, session);
      } else {
        bring(exchange, session);
      }
    }
  }

  // New sessions.

  private void open(Exchange exchange, boolean webSocket) {
    if (!exchange.method().equals(HttpMethod.GET)) {
      Poll.refuse(exchange, EngineError.BAD_HANDSHAKE_METHOD);
      return;
    }
    Shard shard = hub.of(exchange.channel().eventLoop());
    if (shard.isDraining()) {
      exchange.metrics().count(Counter.DRAIN_REFUSED);
      exchange.respondError(
          ErrorCode.UNAVAILABLE, "server: is shutting down (expected: another server)");
      return;
    }
    NativeSurface.checkMemory(shard);
    String key = webSocket ? webSocketKey(exchange) : null;
    if (webSocket && key == null) {
      Poll.refuse(exchange, EngineError.BAD_REQUEST);
    } else if (open.incrementAndGet() > settings.sessions()) {
      open.decrementAndGet();
      exchange.metrics().count(Counter.LIMIT_SOCKETIO_SESSIONS);
      exchange.respondError(
          ErrorCode.TOO_MANY_CONNECTIONS, "sessions: too many (expected: fewer at a time)");
    } else if (key == null) {
      ByteBuf opening = opened(exchange, shard).opening(true);
      exchange.respond(200, Poll.TEXT, opening, HttpHeaderNames.CACHE_CONTROL, "no-store");
    } else {
      begin(exchange, shard, key);
    }
  }

  private EngineSession opened(Exchange exchange, Shard shard) {
    EngineSession session =
        new EngineSession(
            shard, settings, newSid(), EngineHandshake.of(exchange), opener, this::forget);
    sessions.put(session.sid(), session);
    return session;
  }

  private void forget(EngineSession session) {
    sessions.remove(session.sid());
    open.decrementAndGet();
  }

  private String newSid() {
    return RandomId.of(random);
  }

  private void begin(Exchange exchange, Shard shard, String key) {
    EngineWebSocket webSocket;
    EngineSession session;
    try {
      surface.takeAddress(exchange);
      session = opened(exchange, shard);
    } catch (RequestException e) {
      open.decrementAndGet();
      throw e;
    }
    webSocket = new EngineWebSocket(exchange.channel(), exchange.metrics(), settings.maxPayload());
    ByteBuf behind = switched(exchange, webSocket, key);
    webSocket.moveTo(
        shard.loop(),
        behind,
        () -> {
          session.begin(webSocket);
          webSocket.attach(session);
        });
  }

  // Requests of sessions.

  private void bring(Exchange exchange, EngineSession session) {
    HttpMethod method = exchange.method();
    if (method.equals(HttpMethod.GET)) {
      on(session, () -> session.onPoll(exchange));
    } else if (method.equals(HttpMethod.POST)) {
      ByteBuf body = exchange.body().retain();
      on(
          session,
          () -> {
            try {
              session.onPost(exchange, body);
            } finally {
              body.release();
            }
          });
    } else {
      Poll.refuse(exchange, EngineError.BAD_REQUEST);
    }
  }

  private static void on(EngineSession session, Runnable step) {
    if (session.shard().loop().inEventLoop()) {
      step.run();
    } else {
      session.shard().loop().execute(step);
    }
  }

  private void probe(Exchange exchange, EngineSession session) {
    String key = webSocketKey(exchange);
    if (key == null) {
      Poll.refuse(exchange, EngineError.BAD_REQUEST);
      return;
    }
    surface.takeAddress(exchange);
    Shard shard = session.shard();
    EngineWebSocket webSocket =
        new EngineWebSocket(exchange.channel(), shard.metrics(), settings.maxPayload());
    ByteBuf behind = switched(exchange, webSocket, key);
    webSocket.moveTo(shard.loop(), behind, () -> session.probe(webSocket));
  }

  private static @Nullable String webSocketKey(Exchange exchange) {
    try {
      return WebSocketRequest.checkedKey(exchange);
    } catch (RequestException e) {
      return null;
    }
  }

  /// @return what arrived behind the request
  private static ByteBuf switched(Exchange exchange, EngineWebSocket to, String key) {
    Channel channel = exchange.channel();
    ByteBuf behind = exchange.takeOver(to);
    byte[] head = WebSocketRequest.answer(key, null).getBytes(US_ASCII);
    var _ = channel.writeAndFlush(channel.alloc().directBuffer(head.length).writeBytes(head));
    return behind;
  }
}
