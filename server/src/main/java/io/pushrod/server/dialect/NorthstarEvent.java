package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import org.jspecify.annotations.Nullable;

/// Northstar's `StreamEvent` without its payload: what all its frames have in common. Members stand
/// in a fixed order, and what is not known is written as null.
///
/// @param millis when it happened, since 1970
/// @param id of the event; a reader resumes behind it where the event is stored
public record NorthstarEvent(
    String type, long millis, String id, Ids ids, Routing routing, Meta meta) {

  /// @param request of whoever caused it; also its trace
  public record Ids(@Nullable String request, @Nullable String run, @Nullable String step) {}

  /// Where the event belongs.
  ///
  /// @param place the thread or the canvas
  public record Routing(
      String tenant, String env, Place place, Actor actor, @Nullable Scope scope) {}

  /// @param canvas one of the two at least
  public record Place(@Nullable String canvas, @Nullable String thread) {}

  /// Who acted.
  public record Actor(String id, ActorType type) {}

  public enum ActorType {
    HUMAN("human"),
    AGENT("agent"),
    SYSTEM("system");

    private static final String AGENT_PREFIX = "agent-";

    private final String label;

    ActorType(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }

    /// What somebody is who says something in a role.
    public static ActorType of(String role, String sender) {
      if (role.equals("agent") || sender.startsWith(AGENT_PREFIX)) {
        return AGENT;
      }
      return role.equals("system") ? SYSTEM : HUMAN;
    }

    static @Nullable ActorType ofLabel(@Nullable String label) {
      for (ActorType type : values()) {
        if (type.label.equals(label)) {
          return type;
        }
      }
      return null;
    }
  }

  /// Where in the product somebody was who acted.
  public record Scope(
      @Nullable String mode,
      @Nullable String project,
      @Nullable String app,
      @Nullable String surface) {
    static final Scope UNKNOWN = new Scope(null, null, null, null);
  }

  /// @param lastEventId what a reader resumes behind; null for what it cannot
  public record Meta(Priority priority, Persist persist, @Nullable String lastEventId) {}

  public enum Priority {
    TRUTH("truth"),
    GESTURE("gesture"),
    INFO("info");

    private final String label;

    Priority(String label) {
      this.label = label;
    }
  }

  public enum Persist {
    ALWAYS("always"),
    NEVER("never");

    private final String label;

    Persist(String label) {
      this.label = label;
    }
  }

  /// Appends the event.
  ///
  /// @param data its payload, one JSON object on one line; only read
  public void write(ByteBuf out, ByteBuf data) {
    JsonObjectWriter event = new JsonObjectWriter(out).number("v", 1).text("type", type).name("ts");
    NorthstarTime.write(out, millis);
    event.raw("seq", "null").text("event_id", id);
    orNull(event, "trace_id", ids.request()).raw("span_id", "null").name("ids");
    writeIds(out);
    event.name("routing");
    writeRouting(out);
    event.name("data");
    out.writeBytes(data, data.readerIndex(), data.readableBytes());
    event.name("meta");
    writeMeta(out);
    event.end();
  }

  private void writeIds(ByteBuf out) {
    JsonObjectWriter object = new JsonObjectWriter(out);
    orNull(object, "request_id", ids.request()).raw("correlation_id", "null");
    orNull(object, "run_id", ids.run());
    orNull(object, "step_id", ids.step()).end();
  }

  private void writeRouting(ByteBuf out) {
    Scope scope = routing.scope() == null ? Scope.UNKNOWN : routing.scope();
    JsonObjectWriter object = new JsonObjectWriter(out).text("tenant_id", routing.tenant());
    orNull(object, "mode", scope.mode()).text("env", routing.env()).raw("workspace_id", "null");
    orNull(object, "project_id", scope.project());
    orNull(object, "app_id", scope.app());
    orNull(object, "surface_id", scope.surface());
    orNull(object, "canvas_id", routing.place().canvas())
        .raw("projection_id", "null")
        .raw("panel_id", "null");
    orNull(object, "thread_id", routing.place().thread())
        .text("actor_id", routing.actor().id())
        .text("actor_type", routing.actor().type().label())
        .raw("session_id", "null")
        .raw("device_id", "null")
        .end();
  }

  private void writeMeta(ByteBuf out) {
    JsonObjectWriter object =
        new JsonObjectWriter(out)
            .raw("schema_ver", "null")
            .text("priority", meta.priority().label)
            .text("persist", meta.persist().label);
    orNull(object, "last_event_id", meta.lastEventId())
        .text("schema_version", "1")
        .text("severity", "info")
        .text("storage_class", "stream")
        .end();
  }

  static JsonObjectWriter orNull(JsonObjectWriter object, String name, @Nullable String text) {
    return text == null ? object.raw(name, "null") : object.text(name, text);
  }

  /// The event as text.
  ///
  /// @param data one JSON object on one line
  public String json(String data) {
    ByteBuf payload = Unpooled.wrappedBuffer(data.getBytes(UTF_8));
    ByteBuf out = Unpooled.buffer(512 + payload.readableBytes());
    write(out, payload);
    return out.toString(UTF_8);
  }
}
