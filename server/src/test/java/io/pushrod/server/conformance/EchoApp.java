package io.pushrod.server.conformance;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.socketio.SocketIoApp;
import io.pushrod.server.surface.socketio.SocketIoEvent;
import io.pushrod.server.surface.socketio.SocketIoHandshake;
import io.pushrod.server.surface.socketio.SocketIoListener;
import io.pushrod.server.surface.socketio.SocketIoSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Greets with what the client joined with, and sends back what it sends, as the test suites of
/// Socket.IO expect.
final class EchoApp implements SocketIoApp {
  /// The suites look for the greeting only after they have seen the answer to the CONNECT: they
  /// miss it when both come at once.
  private static final long GREETING_MILLIS = 20;

  private static final Identity ANYBODY =
      new Identity(
          "conformance",
          "",
          Set.of(),
          Grants.NONE,
          Grants.NONE,
          Grants.NONE,
          Set.of(),
          0,
          Long.MAX_VALUE,
          "");

  @Override
  public void connect(SocketIoHandshake handshake, Admission admission) {
    admission.accept(ANYBODY, new Echo(handshake.auth()));
  }

  private static final class Echo implements SocketIoListener {
    private final String auth;
    private @Nullable SocketIoSocket socket;

    Echo(String auth) {
      this.auth = auth;
    }

    @Override
    public void onConnected(SocketIoSocket connected, boolean recovered) {
      socket = connected;
      var _ =
          connected
              .shard()
              .loop()
              .schedule(() -> connected.emit("auth", auth), GREETING_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void onEvent(SocketIoEvent event) {
      SocketIoSocket of = socket;
      List<ByteBuf> attachments = event.attachments();
      if (of != null && event.name().equals("message")) {
        of.emit("message-back", event.args(), attachments);
      } else if (event.name().equals("message-with-ack") && event.ack() != null) {
        event.ack().send(event.args(), attachments);
      }
    }
  }
}
