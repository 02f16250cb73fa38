package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import org.jspecify.annotations.Nullable;

/// Writes the envelopes that KDCube's ingress says itself, as the payloads of events of a session:
/// `{"target_sid":<stream id or null>,"env":{…}}`.
///
/// **Thread:** any; immutable.
///
/// @param tenant as KDCube's envelopes name it, which is a label
/// @param user null for nobody in particular
/// @param turnId null outside of a turn
/// @param bundleId null when the client named none
/// @param streamId of the stream from which the message came; null for none
public record KdcubeEnvelopes(
    String requestId,
    @Nullable String tenant,
    @Nullable String project,
    @Nullable String user,
    String sessionId,
    String conversationId,
    @Nullable String turnId,
    @Nullable String bundleId,
    @Nullable String streamId) {

  /// A member beside an envelope: what it says ends no turn.
  public static final String REFUSED = "refused";

  /// An event to publish.
  ///
  /// @param type what KDCube's clients call it
  /// @param data one line of JSON
  public record Event(String type, String data) {}

  /// A turn begins; for the stream that asked.
  ///
  /// @param message what is shown of the question
  public Event start(String message, long nowMillis) {
    ByteBuf out = beginTargeted(streamId);
    JsonObjectWriter env = begin(out, "chat.start", nowMillis, false);
    event(env, out, "user", "turn", "started", "Turn Started");
    new JsonObjectWriter(value(env, "data", out))
        .text("message", message)
        .raw("queue_stats", "{}")
        .end();
    env.raw("delta", "null").end();
    return ended("chat_start", out);
  }

  /// A message is refused; for the stream that asked. Its turn may be the name of another that goes
  /// on, so [#REFUSED] stands beside the envelope.
  public Event error(String error, long nowMillis) {
    ByteBuf out = Unpooled.buffer(1024);
    orNull(new JsonObjectWriter(out), "target_sid", streamId).bool(REFUSED, true).name("env");
    JsonObjectWriter env = begin(out, "chat.error", nowMillis, false);
    event(env, out, null, "workflow", "error", "Workflow Error");
    new JsonObjectWriter(value(env, "data", out)).text("error", error).end();
    env.raw("delta", "null").end();
    return ended("chat_error", out);
  }

  /// How a conversation stands.
  ///
  /// @param target the stream that is told; null for all of the session
  /// @param currentTurn null for none
  /// @param completion how the last turn ended; null when nobody says
  public Event status(
      @Nullable String target,
      String state,
      long updatedMillis,
      @Nullable String currentTurn,
      @Nullable String completion,
      long nowMillis) {
    ByteBuf out = beginTargeted(target);
    JsonObjectWriter env = begin(out, "conv.status", nowMillis, true);
    new JsonObjectWriter(value(env, "event", out))
        .text("step", "conv.state")
        .text("status", state)
        .end();
    JsonObjectWriter data =
        new JsonObjectWriter(value(env, "data", out))
            .text("state", state)
            .text("updated_at", time(updatedMillis));
    if (currentTurn != null) {
      data.text("current_turn_id", currentTurn);
    }
    if (completion != null) {
      data.text("completion", completion);
    }
    orNull(data, "origin_stream_id", streamId).end();
    env.end();
    return ended("conv_status", out);
  }

  /// A word of the service itself, such as a refusal; for the stream that asked.
  ///
  /// @param type such as `gateway.rate_limit`
  /// @param data one line of JSON
  public Event service(
      String type, String agent, String step, String title, String data, long nowMillis) {
    ByteBuf out = beginTargeted(streamId);
    JsonObjectWriter env = new JsonObjectWriter(out).text("type", type);
    env.text("timestamp", time(nowMillis)).number("ts", nowMillis);
    contexts(env, out, false);
    new JsonObjectWriter(value(env, "event", out))
        .text("step", step)
        .text("status", "error")
        .text("title", title)
        .text("agent", agent)
        .end();
    env.raw("data", data).text("route", "chat_service").end();
    return ended("chat_service", out);
  }

  /// A finished step that is shown as a card; for the stream that asked.
  ///
  /// @param type such as `chat.attachments`
  /// @param data one line of JSON
  public Event step(
      String type, String agent, String step, String title, String data, long nowMillis) {
    ByteBuf out = beginTargeted(streamId);
    JsonObjectWriter env = begin(out, type, nowMillis, false);
    event(env, out, agent, step, "completed", title);
    env.raw("data", data).raw("delta", "null").end();
    return ended("chat_step", out);
  }

  /// A time as envelopes have it: `2026-11-21T17:58:18.123Z`.
  public static String time(long millis) {
    ByteBuf out = Unpooled.buffer(24);
    IsoTime.append(out, millis, "Z");
    return out.toString(UTF_8);
  }

  private static ByteBuf beginTargeted(@Nullable String target) {
    ByteBuf out = Unpooled.buffer(1024);
    orNull(new JsonObjectWriter(out), "target_sid", target).name("env");
    return out;
  }

  private static Event ended(String type, ByteBuf out) {
    return new Event(type, out.writeByte('}').toString(UTF_8));
  }

  private JsonObjectWriter begin(ByteBuf out, String type, long nowMillis, boolean bundled) {
    JsonObjectWriter env =
        new JsonObjectWriter(out).text("type", type).text("timestamp", time(nowMillis));
    contexts(env, out, bundled);
    return env;
  }

  private void contexts(JsonObjectWriter env, ByteBuf out, boolean bundled) {
    JsonObjectWriter service =
        new JsonObjectWriter(value(env, "service", out)).text("request_id", requestId);
    orNull(service, "tenant", tenant);
    orNull(service, "project", project);
    orNull(service, "user", user);
    if (bundled) {
      orNull(service, "bundle_id", bundleId);
    }
    service.end();
    JsonObjectWriter conversation =
        new JsonObjectWriter(value(env, "conversation", out))
            .text("session_id", sessionId)
            .text("conversation_id", conversationId);
    orNull(conversation, "turn_id", turnId).end();
  }

  private static void event(
      JsonObjectWriter env,
      ByteBuf out,
      @Nullable String agent,
      String step,
      String status,
      String title) {
    orNull(new JsonObjectWriter(value(env, "event", out)), "agent", agent)
        .text("step", step)
        .text("status", status)
        .text("title", title)
        .end();
  }

  /// Begins a member, and returns where its value goes.
  private static ByteBuf value(JsonObjectWriter json, String name, ByteBuf out) {
    json.name(name);
    return out;
  }

  private static JsonObjectWriter orNull(
      JsonObjectWriter json, String name, @Nullable String text) {
    return text == null ? json.raw(name, "null") : json.text(name, text);
  }
}
