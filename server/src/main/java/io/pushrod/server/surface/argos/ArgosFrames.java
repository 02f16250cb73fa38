package io.pushrod.server.surface.argos;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.surface.route.Farewell;
import org.jspecify.annotations.Nullable;

/// The last frames: `{"error":…}`, and the close code that goes with it.
final class ArgosFrames {
  private static final int POLICY = 1008;
  private static final int INTERNAL = 1011;
  private static final int TRY_LATER = 1013;

  private ArgosFrames() {}

  static Farewell unauthenticated(String message) {
    return of(POLICY, "authentication_required", "message", message);
  }

  static Farewell tooMany() {
    return of(TRY_LATER, "too_many_connections", "", "");
  }

  /// @param what `job`, `run` or `project`
  static Farewell notFound(String what, String idName, String id) {
    return of(POLICY, what + "_not_found", idName, id);
  }

  /// @param idName empty where it is about nothing in particular
  static Farewell failed(String message, String idName, String id) {
    return of(INTERNAL, "stream_error", "message", message, idName, id);
  }

  /// What ends a stream that had begun; null for the words of the transport.
  static @Nullable Farewell ended(CloseReason reason, String idName, String id) {
    return switch (reason) {
      case TOO_MANY_CONNECTIONS -> tooMany();
      case INTERNAL_ERROR -> failed(reason.text(), idName, id);
      case UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED, FORBIDDEN, KILL_SWITCH ->
          unauthenticated(reason.text());
      default -> null;
    };
  }

  /// @param members names and texts by turns; those without a name are left out
  private static Farewell of(int code, String error, String... members) {
    ByteBuf out = Unpooled.buffer(128);
    JsonObjectWriter frame = new JsonObjectWriter(out).text("error", error);
    for (int i = 0; i < members.length; i += 2) {
      if (!members[i].isEmpty()) {
        frame.text(members[i], members[i + 1]);
      }
    }
    frame.end();
    return Farewell.of(out.toString(UTF_8), code, "");
  }
}
