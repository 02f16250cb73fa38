package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.RequestException;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.socketio.SocketIoApp;
import io.pushrod.server.surface.socketio.SocketIoHandshake;
import org.jspecify.annotations.Nullable;

/// KDCube's namespace of Socket.IO: who joins names a session, and has what its streams have.
///
/// **Thread:** called on the shards; holds no state of its own.
final class SocketApp implements SocketIoApp {
  /// What the servers of these clients say, whatever the reason.
  private static final String REJECTED = "Connection rejected by server";

  private final Row row;
  private final Visitors visitors;
  private final Doorkeeper door;
  private final Chat chat;

  private final Assets assets;
  private final KdcubeSettings settings;

  SocketApp(
      Row row,
      Visitors visitors,
      Doorkeeper door,
      Chat chat,
      Assets assets,
      KdcubeSettings settings) {
    this.row = row;
    this.visitors = visitors;
    this.door = door;
    this.chat = chat;
    this.assets = assets;
    this.settings = settings;
  }

  @Override
  public void connect(SocketIoHandshake handshake, Admission admission) {
    try {
      Node auth = Node.parse(handshake.auth());
      Moment now = Moment.of(handshake.shard());
      now.take(
          visitors.joining(row, carried(handshake, auth), door, now),
          visitor -> admission.accept(visitor.identity(), socket(visitor, auth)),
          _ -> admission.refuse(REJECTED));
    } catch (RequestException e) {
      admission.refuse(REJECTED);
    }
  }

  private Socket socket(Visitor visitor, Node auth) {
    Sender sender =
        new Sender(
            visitor,
            Labels.of(row, auth::text),
            null,
            "socket.io/chat_message",
            auth.text("user_timezone"),
            auth.text("user_utc_offset_min"));
    return new Socket(row, sender, chat, assets, settings);
  }

  /// What the auth payload says goes before what the HTTP request says.
  private Carried carried(SocketIoHandshake handshake, Node auth) {
    Carried http =
        Carried.of(
            row,
            handshake.headers()::get,
            handshake.headers().getAll("X-Forwarded-For"),
            handshake.query(),
            handshake.cookies(),
            handshake.remoteAddress());
    return new Carried(
        orElse(auth.text("bearer_token"), http.access()),
        orElse(auth.text("id_token"), http.idToken()),
        orElse(auth.text("user_session_id"), http.sessionId()),
        http.peer(),
        http.forwardedFor(),
        http.userAgent());
  }

  private static @Nullable String orElse(@Nullable String first, @Nullable String other) {
    return first == null ? other : first;
  }
}
