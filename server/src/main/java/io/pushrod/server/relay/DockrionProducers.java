package io.pushrod.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.json.JsonObjectWriter;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Dockrion's runs: a channel `events:run:<id>`, and a stream `stream:run:<id>` of the same events.
///
/// Its events become native ones. Members that have a native name get it, nulls are left out, and
/// all others stay. An event of another type than Dockrion's own is `custom:<type>`.
record DockrionProducers(TopicPattern runs) implements Producers {
  /// Numbers beyond cannot be told apart as JSON numbers, and would use up the log's.
  private static final double MAX_SEQUENCE = 1L << 53;

  /// What every event has, and our own events say elsewhere.
  private static final Set<String> ENVELOPE =
      Set.of("id", "type", "run_id", "sequence", "timestamp");

  private static final String CUSTOM = "custom:";

  @Override
  public @Nullable String channel(String topic) {
    String id = runs.id(topic);
    return id == null ? null : "events:run:" + id;
  }

  @Override
  public @Nullable String history(String topic) {
    String id = runs.id(topic);
    return id == null ? null : "stream:run:" + id;
  }

  @Override
  public @Nullable Relayed read(String topic, Fields message) {
    String type = message.text("type");
    String run = message.text("run_id");
    double sequence = message.number("sequence");
    if (type == null
        || run == null
        || !run.equals(runs.id(topic))
        || !(sequence >= 1 && sequence <= MAX_SEQUENCE)) {
      return null;
    }
    String name = nativeType(type);
    if (!TypeName.isPublishable(name)) {
      return null;
    }
    ByteBuf data = Unpooled.buffer();
    write(type, message, data);
    return new Relayed(
        name,
        Fields.fragment(IdField.RUN_ID, run),
        data,
        NorthstarProducers.millis(message.text("timestamp")),
        (long) sequence,
        isTerminal(type));
  }

  private static boolean isTerminal(String type) {
    return type.equals("complete") || type.equals("error") || type.equals("cancelled");
  }

  private static String nativeType(String type) {
    return switch (type) {
      case "started" -> "run_start";
      case "token" -> "token_chunk";
      case "step" -> "node_end";
      case "complete" -> "run_end";
      case "error", "cancelled", "progress", "checkpoint", "heartbeat" -> type;
      default -> CUSTOM + type;
    };
  }

  private static void write(String type, Fields from, ByteBuf out) {
    JsonObjectWriter json = new JsonObjectWriter(out);
    Set<String> written = new HashSet<>(ENVELOPE);
    switch (type) {
      case "started" -> rename(json, written, from, "agent_name", "agent");
      case "token" -> rename(json, written, from, "content", "text");
      case "step" -> rename(json, written, from, "node_name", "node");
      case "complete" -> {
        if (from.json("latency_seconds") != null) {
          json.number("duration_ms", Math.round(from.number("latency_seconds") * 1000));
        }
        written.add("latency_seconds");
        written.add("duration_ms");
      }
      case "error" -> {
        json.raw("code", from.json("code"));
        rename(json, written, from, "error", "message");
        json.bool("retryable", false);
        written.add("code");
        written.add("retryable");
      }
      default -> {}
    }
    from.all()
        .forEach(
            (name, value) -> {
              if (isPlain(name) && !value.equals("null") && written.add(name)) {
                json.raw(name, value);
              }
            });
    json.end();
  }

  /// Names that need no escape are all that Dockrion has.
  private static boolean isPlain(String name) {
    return IdField.isValid(name);
  }

  private static void rename(
      JsonObjectWriter json, Set<String> written, Fields from, String name, String nativeName) {
    json.raw(nativeName, from.json(name));
    written.add(name);
    written.add(nativeName);
  }
}
