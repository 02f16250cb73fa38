package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.engineio.PacketType;
import io.pushrod.codec.socketio.SocketIoFrames;
import io.pushrod.codec.socketio.SocketIoPacket;
import io.pushrod.codec.socketio.SocketIoParser;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.socketio.SocketIoApp;
import io.pushrod.server.surface.socketio.SocketIoEvent;
import io.pushrod.server.surface.socketio.SocketIoHandshake;
import io.pushrod.server.surface.socketio.SocketIoListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// What Socket.IO makes of a session: its sockets, by namespace.
///
/// **Thread:** the session's shard.
final class SocketIoClient implements EngineHandler {
  private static final ConnectionLog LOG = ConnectionLog.of(SocketIoClient.class);
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  private final SocketIoEndpoints endpoints;
  private final EngineSession session;
  private final ShardMetrics metrics;
  private final Map<String, SocketConnection> sockets = new HashMap<>(2);

  /// Namespaces that it asked to join and has no answer for yet.
  private final Set<String> joining = new HashSet<>(2);

  /// Namespaces that we sent it away from: what it sent before it knew is dropped.
  private final Set<String> sentAway = new HashSet<>(2);

  private @Nullable Gathering gathering;
  private boolean joined;

  SocketIoClient(SocketIoEndpoints endpoints, EngineSession session) {
    this.endpoints = endpoints;
    this.session = session;
    this.metrics = session.shard().metrics();
  }

  EngineSession session() {
    return session;
  }

  SocketIoSettings settings() {
    return endpoints.settings();
  }

  LostSockets lost() {
    return endpoints.lost();
  }

  SocketFormats formats() {
    return endpoints.formats(session.shard());
  }

  long heartbeatNanos() {
    return endpoints.heartbeatNanos();
  }

  // Packets.

  @Override
  public void onText(ByteBuf buf, int offset, int length) {
    if (gathering != null) {
      broken("packet: text (expected: an attachment)");
      return;
    }
    SocketIoPacket packet;
    try {
      packet = SocketIoParser.parse(buf, offset, length, settings().attachments());
    } catch (ProtocolException e) {
      if (e.reason() == CloseReason.POLICY) {
        metrics.count(Counter.LIMIT_SOCKETIO_ATTACHMENTS);
      }
      broken(String.valueOf(e.getMessage()));
      return;
    }
    if (packet.attachments() > 0) {
      gathering = new Gathering(packet, settings().attachmentBytes());
    } else {
      onPacket(packet, List.of());
    }
  }

  @Override
  public void onBinary(ByteBuf buf, int offset, int length) {
    Gathering of = gathering;
    if (of == null) {
      broken("packet: binary (expected: text)");
    } else if (!of.add(buf, offset, length)) {
      metrics.count(Counter.LIMIT_SOCKETIO_ATTACHMENTS);
      broken("attachments: too large (expected: <= " + settings().attachmentBytes() + " bytes)");
    } else if (of.isWhole()) {
      gathering = null;
      try {
        onPacket(of.packet(), of.attachments());
      } finally {
        of.release();
      }
    }
  }

  private void broken(String why) {
    LOG.refused(session.channel(), why);
    session.end(CloseReason.PROTOCOL_ERROR);
  }

  private void onPacket(SocketIoPacket packet, List<ByteBuf> attachments) {
    String namespace = packet.namespace();
    SocketConnection socket = sockets.get(namespace);
    if (packet instanceof SocketIoPacket.Connect connect) {
      if (socket != null || !joining.add(namespace)) {
        broken("packet: CONNECT (expected: once)");
      } else {
        connect(namespace, connect.auth() == null ? "{}" : connect.auth());
      }
    } else if (socket == null) {
      if (!sentAway.contains(namespace)) {
        broken("packet: early (expected: CONNECT first)");
      }
    } else {
      onPacket(socket, packet, attachments);
    }
  }

  private void onPacket(SocketConnection socket, SocketIoPacket packet, List<ByteBuf> attachments) {
    switch (packet) {
      case SocketIoPacket.Disconnect _ -> socket.leave();
      case SocketIoPacket.Event event -> onEvent(socket, event, attachments);
      case SocketIoPacket.Ack _ -> {
        // We ask for none.
      }
      case SocketIoPacket.Connect _, SocketIoPacket.ConnectError _ ->
          broken("packet: CONNECT_ERROR (expected: from servers)");
    }
  }

  private void onEvent(
      SocketConnection socket, SocketIoPacket.Event event, List<ByteBuf> attachments) {
    if (socket.isClosing()) {
      return;
    }
    metrics.count(Counter.SOCKETIO_EVENTS);
    try {
      socket
          .listener()
          .onEvent(
              new SocketIoEvent(
                  event.name(), event.args(), attachments, ack(socket, event.ackId())));
    } catch (RuntimeException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      LOG.failed(socket.channel(), Transport.SOCKETIO, e);
      socket.close(CloseReason.INTERNAL_ERROR);
    }
  }

  private static SocketIoEvent.@Nullable Ack ack(SocketConnection socket, long ackId) {
    if (ackId == SocketIoPacket.NO_ACK) {
      return null;
    }
    boolean[] sent = new boolean[1];
    return (args, attachments) -> {
      if (!sent[0]) {
        sent[0] = true;
        socket.acknowledge(ackId, args, attachments);
      }
    };
  }

  // Joining.

  private void connect(String namespace, String auth) {
    SocketIoApp app = endpoints.app(namespace);
    if (app == null) {
      refuse(namespace, "Invalid namespace");
      return;
    }
    EngineHandshake opened = session.handshake();
    SocketIoHandshake handshake =
        new SocketIoHandshake(
            namespace,
            auth,
            opened.headers(),
            opened.query(),
            opened.cookies(),
            opened.remoteAddress(),
            session.shard());
    try {
      app.connect(handshake, new Answer(app, namespace, auth));
    } catch (RuntimeException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      LOG.failed(session.channel(), Transport.SOCKETIO, e);
      refuse(namespace, ErrorCode.INTERNAL.label());
    }
  }

  /// Hears once, on whatever thread, whether a client may join.
  private final class Answer implements SocketIoApp.Admission {
    private final SocketIoApp app;
    private final String namespace;
    private final String auth;
    private final AtomicBoolean answered = new AtomicBoolean();

    Answer(SocketIoApp app, String namespace, String auth) {
      this.app = app;
      this.namespace = namespace;
      this.auth = auth;
    }

    @Override
    public void accept(Identity who, SocketIoListener listener) {
      once(() -> admit(app, namespace, auth, who, listener));
    }

    @Override
    public void refuse(String message) {
      once(() -> SocketIoClient.this.refuse(namespace, message));
    }

    private void once(Runnable step) {
      if (answered.compareAndSet(false, true)) {
        if (session.shard().loop().inEventLoop()) {
          step.run();
        } else {
          session.shard().loop().execute(step);
        }
      }
    }
  }

  private void refuse(String namespace, String message) {
    joining.remove(namespace);
    metrics.count(Counter.SOCKETIO_REFUSED);
    ByteBuf out =
        PooledByteBufAllocator.DEFAULT.directBuffer(128).writeByte(PacketType.MESSAGE.digit());
    SocketIoFrames.connectError(out, namespace, message);
    session.send(false, out);
  }

  private void admit(
      SocketIoApp app, String namespace, String auth, Identity who, SocketIoListener listener) {
    boolean recovers = app.recovers() && settings().recoveryMillis() > 0;
    RecoveryRequest request = recovers ? RecoveryRequest.of(auth) : null;
    if (request == null) {
      String pid = recovers ? endpoints.newId() : null;
      var _ = join(namespace, who, listener, endpoints.newId(), pid, List.of(), Map.of(), false);
      return;
    }
    SocketConnection before = lost().living(request.pid());
    if (before == null) {
      recover(app, namespace, who, listener, request);
    } else {
      before.execute(
          () -> {
            before.giveUp(namespace, who);
            // Behind the end of its pipe, with which it gives back its place.
            before.execute(
                () ->
                    session
                        .shard()
                        .loop()
                        .execute(() -> recover(app, namespace, who, listener, request)));
          });
    }
  }

  private void recover(
      SocketIoApp app,
      String namespace,
      Identity who,
      SocketIoListener listener,
      RecoveryRequest request) {
    if (!session.isOpen()) {
      return;
    }
    long nowMillis = session.shard().clock().millis();
    LostSocket found = lost().take(request.pid(), namespace, who, nowMillis);
    if (found == null) {
      metrics.count(Counter.SOCKETIO_NOT_RECOVERED);
      String pid = endpoints.newId();
      var _ = join(namespace, who, listener, endpoints.newId(), pid, List.of(), Map.of(), false);
      return;
    }
    metrics.count(Counter.SOCKETIO_RECOVERED);
    List<LostSocket.Topic> topics =
        found.topics().stream().filter(topic -> app.mayStillRead(who, topic.name())).toList();
    if (!join(
        namespace, who, listener, found.sid(), found.pid(), topics, request.cursors(), true)) {
      var _ = lost().keep(found, nowMillis);
    }
  }

  /// @return whether it joined; else its client was told why not
  private boolean join(
      String namespace,
      Identity who,
      SocketIoListener listener,
      String sid,
      @Nullable String pid,
      List<LostSocket.Topic> topics,
      Map<String, Cursor> cursors,
      boolean recovered) {
    if (!session.isOpen()) {
      return false;
    }
    PipeChannel pipe =
        new PipeChannel(session.handshake().remoteAddress(), WATER_MARK, session::wake);
    SocketConnection socket =
        new SocketConnection(this, pipe, endpoints.surface(), namespace, sid, pid, listener);
    pipe.pipeline().addLast(new SocketHandler(socket));
    var _ = session.shard().loop().register(pipe);
    session.add(pipe);
    if (!socket.open(who)) {
      refuse(namespace, ErrorCode.TOO_MANY_CONNECTIONS.label());
      socket.cut(CloseReason.TOO_MANY_CONNECTIONS);
      return false;
    }
    joining.remove(namespace);
    sentAway.remove(namespace);
    joined = true;
    sockets.put(namespace, socket);
    socket.begin(topics, cursors, recovered);
    return true;
  }

  // The end.

  /// We end the socket of a namespace, and its client may not know that yet.
  void sentAway(SocketConnection socket) {
    released(socket);
    sentAway.add(socket.namespace());
  }

  void released(SocketConnection socket) {
    sockets.remove(socket.namespace(), socket);
  }

  @Override
  public boolean isSettled() {
    return joined;
  }

  @Override
  public void onDrain() {
    if (sockets.isEmpty()) {
      session.finish(CloseReason.SHUTDOWN);
    }
  }

  @Override
  public void onEnding(CloseReason reason) {
    List.copyOf(sockets.values()).forEach(socket -> socket.close(reason));
  }

  @Override
  public void onGone(CloseReason reason) {
    if (gathering != null) {
      gathering.release();
      gathering = null;
    }
    List.copyOf(sockets.values()).forEach(socket -> socket.cut(reason));
  }

  /// A packet whose attachments have not all come.
  private static final class Gathering {
    private final SocketIoPacket packet;
    private final List<ByteBuf> attachments = new ArrayList<>();
    private final int limitBytes;
    private int bytes;

    Gathering(SocketIoPacket packet, int limitBytes) {
      this.packet = packet;
      this.limitBytes = limitBytes;
    }

    /// Copies an attachment; false, and nothing is added, when all together are too large.
    boolean add(ByteBuf buf, int offset, int length) {
      if (length > limitBytes - bytes) {
        return false;
      }
      bytes += length;
      attachments.add(
          PooledByteBufAllocator.DEFAULT.heapBuffer(length).writeBytes(buf, offset, length));
      return true;
    }

    boolean isWhole() {
      return attachments.size() == packet.attachments();
    }

    SocketIoPacket packet() {
      return packet;
    }

    List<ByteBuf> attachments() {
      return attachments;
    }

    void release() {
      attachments.forEach(ByteBuf::release);
    }
  }
}
