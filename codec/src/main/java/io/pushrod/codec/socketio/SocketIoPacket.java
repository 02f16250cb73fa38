package io.pushrod.codec.socketio;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One packet of a Socket.IO client, without its attachments.
public sealed interface SocketIoPacket {
  /// The acknowledgement id of who wants none.
  long NO_ACK = -1;

  /// The namespace that is not named on the wire.
  String MAIN = "/";

  /// Names that no event may have: those of the life of a socket.
  Set<String> RESERVED =
      Set.of(
          "connect",
          "connect_error",
          "disconnect",
          "disconnecting",
          "newListener",
          "removeListener");

  String namespace();

  /// How many binary messages follow that belong to it.
  default int attachments() {
    return 0;
  }

  /// Asks to join a namespace.
  ///
  /// @param auth a JSON object; null when none was given
  record Connect(String namespace, @Nullable String auth) implements SocketIoPacket {
    /// Without the credentials.
    @Override
    public String toString() {
      return "Connect[namespace=" + namespace + "]";
    }
  }

  record Disconnect(String namespace) implements SocketIoPacket {}

  /// @param ackId what the answer is to carry, or [#NO_ACK]
  /// @param args JSON texts behind the name
  record Event(String namespace, long ackId, String name, List<String> args, int attachments)
      implements SocketIoPacket {
    public Event {
      args = List.copyOf(args);
    }
  }

  /// The answer to an event of ours.
  record Ack(String namespace, long ackId, List<String> args, int attachments)
      implements SocketIoPacket {
    public Ack {
      args = List.copyOf(args);
    }
  }

  /// Only servers refuse; from a client it breaks the protocol.
  record ConnectError(String namespace) implements SocketIoPacket {}
}
