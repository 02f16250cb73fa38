package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import java.util.List;
import java.util.Locale;

/// What `/profile` says of a session.
final class Profile {
  private static final int SHOWN_FINGERPRINT = 8;

  private Profile() {}

  static String of(UserSession session) {
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter json =
        new JsonObjectWriter(out).text("user_type", session.type().name().toUpperCase(Locale.ROOT));
    if (session.isAnonymous()) {
      json.text("fingerprint", session.fingerprint().substring(0, SHOWN_FINGERPRINT) + "...");
    } else {
      json.text("username", session.user()).text("user_id", session.user());
      json.name("roles");
      texts(out, session.roles());
      json.raw("permissions", "[]");
    }
    json.text("session_id", session.id()).raw("created_at", seconds(session.createdMillis()));
    json.end();
    return out.toString(UTF_8);
  }

  private static String seconds(long millis) {
    return millis / 1000 + String.format(Locale.ROOT, ".%03d", millis % 1000);
  }

  static void texts(ByteBuf out, List<String> texts) {
    out.writeByte('[');
    for (int i = 0; i < texts.size(); i++) {
      if (i > 0) {
        out.writeByte(',');
      }
      JsonStrings.write(out, texts.get(i));
    }
    out.writeByte(']');
  }
}
