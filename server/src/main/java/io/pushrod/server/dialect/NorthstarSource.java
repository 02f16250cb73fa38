package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.NorthstarEvent.Actor;
import io.pushrod.server.dialect.NorthstarEvent.ActorType;
import io.pushrod.server.dialect.NorthstarEvent.Place;
import io.pushrod.server.dialect.NorthstarEvent.Scope;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A native event as Northstar sees it: who acted, where, and whether it is a chat message.
///
/// Services put what they like into `data`. Of a message its `text`, `role`, `sender` and `scope`
/// count; of any event its `_routing` does, an object that says who acted and where (`actor_id`,
/// `actor_type`, `mode`, `project_id`, `app_id`, `surface_id`) and that no reader sees.
final class NorthstarSource {
  private static final String AGENT = "agent";
  private static final String CANVAS_TOPICS = "canvas/";
  private static final String NOBODY = "system";
  private static final String SOMEBODY = "anon";

  private static final Set<String> MESSAGES =
      Set.of("user_message", "agent_message", "system_message", "chat_message", "message");

  final NamedMembers top =
      new NamedMembers(
          "id",
          "topic",
          "type",
          "ts",
          "tenant_id",
          "env",
          "request_id",
          "thread_id",
          "canvas_id",
          "run_id",
          "step_id",
          "agent_id",
          "data");

  /// Of the payload of a message; its other members are shown too.
  final NamedMembers message =
      new NamedMembers(
          "id", "thread_id", "sender", "text", "role", "scope", "created_at", "_routing");

  /// Of any other payload.
  final NamedMembers payload = new NamedMembers("_routing");

  /// Of the presence of a topic.
  private final NamedMembers leaver = new NamedMembers("user");

  final NamedMembers sender = new NamedMembers("id");
  private final NamedMembers routing =
      new NamedMembers("actor_id", "actor_type", "mode", "project_id", "app_id", "surface_id");

  private String type = "";
  private String eventId = "";

  void read(long epoch, long sequence, ByteBuf source, int offset, int length) {
    top.read(source, offset, length);
    type = orEmpty(top.text("type"));
    message.read(top, "data");
    payload.read(top, "data");
    sender.read(message, "sender");
    leaver.read(top, "data");
    routing.read(message, "_routing");
    eventId =
        sequence < 0
            ? idOfSignal(source, offset, length)
            : Cursor.epochText(epoch) + '-' + sequence;
  }

  /// A signal has no place in a log, so no cursor; equal ones of a millisecond are one.
  private String idOfSignal(ByteBuf source, int offset, int length) {
    long hash = 1125899906842597L;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + source.getByte(i);
    }
    return "sig-" + Long.toString(millis(), 36) + '-' + Long.toUnsignedString(hash, 36);
  }

  String type() {
    return type;
  }

  /// The cursor of an event that is stored.
  String eventId() {
    return eventId;
  }

  long millis() {
    return top.number("ts");
  }

  boolean isMessage() {
    return MESSAGES.contains(type) && message.begins("text", '"');
  }

  boolean isOfCanvas() {
    return orEmpty(top.text("topic")).startsWith(CANVAS_TOPICS);
  }

  /// What follows the first slash of the topic.
  String place() {
    String topic = orEmpty(top.text("topic"));
    return topic.substring(topic.indexOf('/') + 1);
  }

  /// `user`, `agent` or `system`, or whatever a message says.
  String role() {
    String said = message.text("role");
    if (said != null) {
      return said;
    }
    return switch (type) {
      case "agent_message" -> AGENT;
      case "system_message" -> NOBODY;
      default -> top.has("agent_id") ? AGENT : "user";
    };
  }

  NorthstarEvent.Routing routing() {
    boolean canvas = isOfCanvas();
    String canvasId = top.text("canvas_id");
    String threadId = top.text("thread_id");
    return new NorthstarEvent.Routing(
        orEmpty(top.text("tenant_id")),
        orEmpty(top.text("env")),
        new Place(
            canvas && canvasId == null ? place() : canvasId,
            !canvas && threadId == null ? place() : threadId),
        actor(),
        scope());
  }

  /// Where in the product it came from.
  private Scope scope() {
    return new Scope(
        routing.text("mode"),
        routing.text("project_id"),
        routing.text("app_id"),
        routing.text("surface_id"));
  }

  /// Appends who has left, as Northstar says it.
  void appendLeaver(ByteBuf out) {
    new JsonObjectWriter(out)
        .text("status", "offline")
        .text("user_id", orEmpty(leaver.text("user")))
        .end();
  }

  private Actor actor() {
    if (type.equals(NorthstarEvents.LEAVE)) {
      return new Actor(orEmpty(leaver.text("user")), ActorType.HUMAN);
    }
    String id = routing.text("actor_id");
    if (id == null) {
      id = senderId();
    }
    ActorType known = ActorType.ofLabel(routing.text("actor_type"));
    if (known == null) {
      known = isMessage() ? ActorType.of(role(), id) : typeOf(id);
    }
    return new Actor(id, known);
  }

  private static ActorType typeOf(String id) {
    return id.equals(NOBODY) ? ActorType.SYSTEM : ActorType.AGENT;
  }

  /// Who said a message, or who acted as far as the event itself says.
  String senderId() {
    String id = sender.text("id");
    if (id != null) {
      return id;
    }
    String agent = top.text("agent_id");
    if (agent != null) {
      return agent;
    }
    return isMessage() && role().equals("user") ? SOMEBODY : NOBODY;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
