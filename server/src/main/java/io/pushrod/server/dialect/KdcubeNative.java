package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.json.JsonObjectWriter;
import java.util.Set;

/// Puts native events into KDCube's envelopes, so that workers which know nothing of KDCube can
/// answer its clients.
///
/// | native | KDCube |
/// |---|---|
/// | `run_start` | `chat_start` |
/// | `token_chunk`, `token` | `chat_delta`: `text` (or `content`, `delta`), `marker` or `answer`, `index` or the event's sequence |
/// | `run_end` | `chat_complete`: `final_answer` or else `output`, `followups` |
/// | `error`, `cancelled`, `undelivered` | `chat_error` |
/// | `gap` | `gap`, with the native event as `data` |
/// | `heartbeat` | nothing |
/// | any other | `chat_step` of that type, with the payload as `data` |
///
/// `thread_id` is the conversation, `run_id` the turn; without a thread the conversation is the
/// session, as KDCube's clients take it.
///
/// **Thread:** one shard.
final class KdcubeNative {
  private static final Set<String> STARTS = Set.of("node_start", "step_start");
  private static final Set<String> ENDS =
      Set.of("node_end", "step_end", "artifact_written", "agent_message", "message");

  private final NativeEvent event;

  KdcubeNative(NativeEvent event) {
    this.event = event;
  }

  /// Appends the envelope of the event at hand.
  ///
  /// @return what the event is called; empty for one that is not shown
  String write(ByteBuf out, long sequence) {
    String type = event.type();
    return switch (type) {
      case "heartbeat" -> "";
      case "run_start" -> start(out);
      case "token_chunk", "token" -> delta(out, sequence);
      case "run_end" -> complete(out);
      case "error", "cancelled", "undelivered" -> error(out, type);
      case "gap" -> gap(out);
      default -> step(out, type);
    };
  }

  private String start(ByteBuf out) {
    JsonObjectWriter env = begin(out, "chat.start");
    event(env, out, "turn", "started", "Turn Started");
    JsonObjectWriter data = new JsonObjectWriter(name(env, "data", out));
    orEmptyText(data, out, "message", "input");
    data.raw("queue_stats", "{}").end();
    env.end();
    return "chat_start";
  }

  private String delta(ByteBuf out, long sequence) {
    JsonObjectWriter env = begin(out, "chat.delta");
    event(env, out, "stream", "running", "Assistant Delta");
    JsonObjectWriter delta = new JsonObjectWriter(name(env, "delta", out));
    orEmptyText(delta, out, "text", "content", "delta");
    if (event.find("marker") && event.valueBegin() == '"') {
      event.appendValue(name(delta, "marker", out));
    } else {
      delta.text("marker", "answer");
    }
    index(delta, "index", out, sequence);
    delta.bool("completed", false).end();
    orEmptyText(env, out, "text", "content", "delta");
    index(env, "idx", out, sequence);
    if (event.find("extra") && event.valueBegin() == '{') {
      event.appendValue(name(env, "extra", out));
    } else {
      env.raw("extra", "{}");
    }
    env.end();
    return "chat_delta";
  }

  /// Clients order pieces by it; a piece with 0 begins anew, which a sequence never is.
  private void index(JsonObjectWriter json, String member, ByteBuf out, long sequence) {
    if (event.find("index") && isNumber()) {
      event.appendValue(name(json, member, out));
    } else {
      json.number(member, Math.max(0, sequence));
    }
  }

  private boolean isNumber() {
    byte first = event.valueBegin();
    return first >= '0' && first <= '9';
  }

  private String complete(ByteBuf out) {
    JsonObjectWriter env = begin(out, "chat.complete");
    event(env, out, "stream", "completed", "Turn Completed");
    JsonObjectWriter data = new JsonObjectWriter(name(env, "data", out));
    orEmptyText(data, out, "final_answer", "output");
    if (event.find("followups") && event.valueBegin() == '[') {
      event.appendValue(name(data, "followups", out));
    } else {
      data.raw("followups", "[]");
    }
    for (String known : new String[] {"selected_model", "config_info", "duration_ms"}) {
      if (event.find(known)) {
        event.appendValue(name(data, known, out));
      }
    }
    data.end();
    env.end();
    return "chat_complete";
  }

  private String error(ByteBuf out, String type) {
    JsonObjectWriter env = begin(out, "chat.error");
    event(env, out, "workflow", "error", "Workflow Error");
    JsonObjectWriter data = new JsonObjectWriter(name(env, "data", out));
    boolean told = event.find("message") || event.find("error") || event.find("reason");
    if (told && event.valueBegin() == '"') {
      event.appendValue(name(data, "error", out));
    } else {
      data.text("error", plainly(type));
    }
    if (event.find("code") && event.valueBegin() == '"') {
      event.appendValue(name(data, "code", out));
    }
    data.end();
    env.end();
    return "chat_error";
  }

  private static String plainly(String type) {
    return switch (type) {
      case "cancelled" -> "The turn was cancelled.";
      case "undelivered" -> "Nobody took the message in time.";
      default -> "The turn failed.";
    };
  }

  private String gap(ByteBuf out) {
    JsonObjectWriter env = begin(out, "gap");
    event(env, out, "stream", "skipped", "Events Missed");
    event.appendData(name(env, "data", out));
    env.end();
    return "gap";
  }

  private String step(ByteBuf out, String type) {
    JsonObjectWriter env = begin(out, type);
    JsonObjectWriter step = new JsonObjectWriter(name(env, "event", out));
    agent(step, out);
    if (!ofPayload(step, out, "step", "step", "node", "node_name", "name")) {
      step.text("step", type);
    }
    if (!ofPayload(step, out, "status", "status")) {
      step.text("status", status(type));
    }
    if (!ofPayload(step, out, "title", "title")) {
      step.raw("title", "null");
    }
    step.end();
    name(env, "data", out);
    if (event.hasData()) {
      event.appendData(out);
    } else {
      ByteBufUtil.writeAscii(out, "{}");
    }
    env.end();
    return "chat_step";
  }

  private static String status(String type) {
    return STARTS.contains(type) ? "started" : ENDS.contains(type) ? "completed" : "running";
  }

  // What all envelopes have.

  private JsonObjectWriter begin(ByteBuf out, String type) {
    JsonObjectWriter env = new JsonObjectWriter(out).text("type", type);
    name(env, "timestamp", out).writeByte('"');
    IsoTime.append(out, event.timestampMillis(), "Z");
    out.writeByte('"');
    env.number("ts", event.timestampMillis());
    JsonObjectWriter service = new JsonObjectWriter(name(env, "service", out));
    id(service, out, "request_id", "request_id");
    id(service, out, "tenant", "tenant_id");
    service.raw("project", "null").raw("user", "null").end();
    JsonObjectWriter conversation = new JsonObjectWriter(name(env, "conversation", out));
    name(conversation, "session_id", out).writeByte('"');
    event.appendTopicTail(out);
    out.writeByte('"');
    if (event.findField("thread_id")) {
      event.appendValue(name(conversation, "conversation_id", out));
    } else {
      name(conversation, "conversation_id", out).writeByte('"');
      event.appendTopicTail(out);
      out.writeByte('"');
    }
    id(conversation, out, "turn_id", "run_id");
    conversation.end();
    return env;
  }

  private void id(JsonObjectWriter json, ByteBuf out, String member, String field) {
    if (event.findField(field)) {
      event.appendValue(name(json, member, out));
    } else {
      json.raw(member, "null");
    }
  }

  private void event(JsonObjectWriter env, ByteBuf out, String step, String status, String title) {
    JsonObjectWriter json = new JsonObjectWriter(name(env, "event", out));
    agent(json, out);
    json.text("step", step).text("status", status).text("title", title).end();
  }

  private void agent(JsonObjectWriter json, ByteBuf out) {
    id(json, out, "agent", "agent_id");
  }

  /// Begins a member.
  ///
  /// @return the buffer that its value goes to
  private static ByteBuf name(JsonObjectWriter json, String member, ByteBuf out) {
    json.name(member);
    return out;
  }

  // Members of the payload.

  private void orEmptyText(JsonObjectWriter json, ByteBuf out, String member, String... others) {
    if (!ofPayload(json, out, member, withOwn(member, others))) {
      json.text(member, "");
    }
  }

  private static String[] withOwn(String member, String... others) {
    String[] names = new String[others.length + 1];
    names[0] = member;
    System.arraycopy(others, 0, names, 1, others.length);
    return names;
  }

  /// Writes a member from the first of these that the payload has.
  private boolean ofPayload(JsonObjectWriter json, ByteBuf out, String member, String... names) {
    for (String each : names) {
      if (event.find(each) && event.valueBegin() != 'n') {
        event.appendValue(name(json, member, out));
        return true;
      }
    }
    return false;
  }
}
