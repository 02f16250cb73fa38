package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.dialect.NorthstarEvent.ActorType;
import io.pushrod.server.guard.Action;
import org.jspecify.annotations.Nullable;

/// Something that a user says or does in a thread or on a canvas.
///
/// @param action that can be switched off
/// @param type of the event
/// @param data the payload, one JSON object
/// @param request the id of the request that caused it
/// @param isMessage whether a worker may want it
record Post(
    String topic, Action action, String type, String data, String request, boolean isMessage) {
  private static final String THREADS = "thread/";

  /// A message.
  ///
  /// @param sender a contact, as JSON
  /// @param text what is said
  /// @param scope where it was said; JSON, null for nowhere in particular
  static Post message(
      Context by,
      String topic,
      Action action,
      String sender,
      String text,
      String role,
      @Nullable String scope) {
    ByteBuf data = Unpooled.buffer(256);
    JsonObjectWriter json =
        new JsonObjectWriter(data).text("text", text).text("role", role).raw("sender", sender);
    json.raw("scope", scope == null ? "null" : scope).name("_routing");
    routing(data, by, false);
    json.end();
    String type = role.equals("agent") ? "agent_message" : "user_message";
    return new Post(topic, action, type, data.toString(UTF_8), by.request(), true);
  }

  /// A gesture, which is stored nowhere.
  ///
  /// @param gesture its members, each with a comma before it; empty for none
  static Post gesture(Context by, String topic, Json gesture) {
    ByteBuf data = Unpooled.buffer(256);
    JsonObjectWriter json = new JsonObjectWriter(data).name("_routing");
    routing(data, by, true);
    members(data, gesture);
    json.end();
    return new Post(
        topic, Action.CANVAS_GESTURE, "gesture", data.toString(UTF_8), by.request(), false);
  }

  private static void members(ByteBuf out, Json object) {
    object
        .members()
        .forEach(
            (name, value) -> {
              if (!name.equals("_routing")) {
                out.writeByte(',');
                JsonStrings.write(out, name);
                out.writeByte(':');
                out.writeCharSequence(value, UTF_8);
              }
            });
  }

  /// Where somebody is in the product, and who it is, for those who render the event.
  static void routing(ByteBuf out, Context by, boolean actor) {
    JsonObjectWriter json = new JsonObjectWriter(out);
    if (actor) {
      json.text("actor_id", by.user()).text("actor_type", ActorType.HUMAN.label());
    }
    text(json, "mode", by.mode());
    text(json, "project_id", by.project());
    text(json, "app_id", by.app());
    text(json, "surface_id", by.surface());
    json.end();
  }

  private static void text(JsonObjectWriter json, String name, @Nullable String text) {
    if (text != null) {
      json.text(name, text);
    }
  }

  /// Who says it, when the request does not.
  static String contact(String user) {
    ByteBuf json = Unpooled.buffer(64);
    new JsonObjectWriter(json)
        .text("id", user)
        .raw("display_name", "null")
        .raw("handle", "null")
        .end();
    return json.toString(UTF_8);
  }

  /// The request that publishes it.
  ByteBuf publication() {
    ByteBuf json = Unpooled.buffer(256 + data.length());
    JsonObjectWriter body =
        new JsonObjectWriter(json)
            .text("topic", topic)
            .text("type", type)
            .text("request_id", request);
    if (topic.startsWith(THREADS)) {
      body.text("thread_id", topic.substring(THREADS.length()));
    }
    body.raw("data", data).end();
    return json;
  }
}
