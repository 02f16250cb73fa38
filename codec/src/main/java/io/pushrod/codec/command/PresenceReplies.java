package io.pushrod.codec.command;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.json.JsonObjectWriter;
import org.jspecify.annotations.Nullable;

/// Appends what the server says about who is on a topic: each one JSON object on one line, no line
/// end.
public final class PresenceReplies {
  private PresenceReplies() {}

  /// Answers `presence`.
  ///
  /// @param id of the command as raw JSON; null writes none
  public static void ack(ByteBuf out, @Nullable String id, String topic, PresencePage page) {
    end(new JsonObjectWriter(out).text("op", "ack").raw("id", id), out, topic, page);
  }

  /// The same as the body of an HTTP response.
  public static void page(ByteBuf out, String topic, PresencePage page) {
    end(new JsonObjectWriter(out), out, topic, page);
  }

  private static void end(JsonObjectWriter object, ByteBuf out, String topic, PresencePage page) {
    object
        .text("topic", topic)
        .number("users", page.users())
        .number("connections", page.connections())
        .number("anonymous", page.anonymous())
        .number("unlisted", page.unlisted())
        .name("members");
    out.writeByte('[');
    boolean first = true;
    for (PresentUser member : page.members()) {
      if (!first) {
        out.writeByte(',');
      }
      first = false;
      user(out, member);
    }
    out.writeByte(']');
    String next = page.next();
    if (next != null) {
      object.text("next", next);
    }
    object.end();
  }

  /// One user, also the data of the events that tell of it.
  public static void user(ByteBuf out, PresentUser who) {
    new JsonObjectWriter(out)
        .text("user", who.user())
        .number("connections", who.connections())
        .number("since", who.sinceMillis())
        .raw("state", who.state() == null ? "null" : who.state())
        .end();
  }
}
