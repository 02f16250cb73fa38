package io.pushrod.server.transport.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CompositeCursor;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonStrings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a client says of the socket that it had, beside its own `auth`.
///
/// @param pid names the socket
/// @param cursors of its topics, by the last event that it got; empty when it got none
record RecoveryRequest(String pid, Map<String, Cursor> cursors) {
  private static final int MAX_PID_CHARS = 64;

  RecoveryRequest {
    cursors = Map.copyOf(cursors);
  }

  /// @param auth a checked JSON object
  /// @return null when it asks for nothing, or for what cannot be
  static @Nullable RecoveryRequest of(String auth) {
    ByteBuf json = Unpooled.wrappedBuffer(auth.getBytes(UTF_8));
    JsonMembers members = new JsonMembers().reset(json, 0, json.readableBytes());
    String pid = null;
    String offset = "";
    while (members.next()) {
      if (json.getByte(members.valueOffset()) == '"') {
        String name = json.toString(members.nameOffset(), members.nameLength(), UTF_8);
        if (name.equals("pid")) {
          pid = JsonStrings.decode(json, members.valueOffset(), members.valueLength());
        } else if (name.equals("offset")) {
          offset = JsonStrings.decode(json, members.valueOffset(), members.valueLength());
        }
      }
    }
    if (pid == null || pid.length() > MAX_PID_CHARS) {
      return null;
    }
    try {
      return new RecoveryRequest(
          pid, offset.isEmpty() ? Map.of() : CompositeCursor.parse(offset).cursors());
    } catch (RequestException e) {
      return null;
    }
  }
}
