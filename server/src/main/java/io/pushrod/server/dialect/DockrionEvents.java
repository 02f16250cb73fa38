package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.Cursor;
import java.util.Set;

/// Renders events of a run in Dockrion's vocabulary, in one of its two shapes.
///
/// What is known by name has the fields that Dockrion's clients know, in a fixed order; what is
/// absent is null. Other members of what a worker emitted follow. Any other type keeps its name. A
/// name that would pass for one of Dockrion's own, as in `custom:complete`, is written with the
/// prefix `custom:`: only a run's real end looks like one.
///
/// **Thread:** one shard.
public final class DockrionEvents implements EventRenderer {
  /// Which of the two.
  public enum Shape {
    /// Of a run that can be asked for: every event has `id`, `type`, `run_id`, `sequence` and
    /// `timestamp`.
    MANAGED,
    /// Of a run that lives in one answer: every event has `type` and `request_id`, the run's id.
    DIRECT
  }

  private static final String CUSTOM = "custom";
  private static final String CUSTOM_PREFIX = "custom:";

  /// Names with a meaning of their own on these streams.
  private static final Set<String> RESERVED =
      Set.of(
          "started",
          "progress",
          "checkpoint",
          "token",
          "step",
          "complete",
          "error",
          "heartbeat",
          "cancelled",
          CUSTOM,
          "timeout",
          "gap",
          "control",
          "message");

  private static final Set<String> TIMEOUTS = Set.of("timeout", "idle_timeout", "node_timeout");

  private final Shape shape;
  private final NativeEvent event = new NativeEvent();
  private final DockrionJson json = new DockrionJson(event);
  private String name = "";
  private long epoch;
  private long sequence;

  public DockrionEvents(Shape shape) {
    this.shape = shape;
  }

  /// A signal is shown with sequence 0.
  @Override
  public boolean render(long ofEpoch, long ofSequence, ByteBuf source, int offset, int length) {
    epoch = ofEpoch;
    sequence = ofSequence;
    event.read(source, offset, length);
    name = nameOf(event.type());
    json.begin();
    if (shape == Shape.MANAGED) {
      managed(epoch, Math.max(0, sequence));
    } else {
      direct();
    }
    json.end();
    return true;
  }

  /// The cursor; a direct run cannot be resumed.
  @Override
  public void writeId(ByteBuf out) {
    if (sequence >= 0 && shape == Shape.MANAGED) {
      Cursor.write(out, epoch, sequence);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ByteBuf json() {
    return json.bytes();
  }

  private String nameOf(String type) {
    return switch (type) {
      case "run_start" -> "started";
      case "run_end" -> "complete";
      case "token_chunk", "token" -> "token";
      case "node_end", "step" -> "step";
      case "error", "cancelled", "progress", "checkpoint", "heartbeat", "gap" -> type;
      default -> type.startsWith(CUSTOM_PREFIX) ? custom(type) : foreign(type);
    };
  }

  private String custom(String type) {
    if (shape == Shape.DIRECT) {
      return CUSTOM;
    }
    String own = type.substring(CUSTOM_PREFIX.length());
    return own.isEmpty() || RESERVED.contains(own) ? type : own;
  }

  private static String foreign(String type) {
    return RESERVED.contains(type) ? CUSTOM_PREFIX + type : type;
  }

  // Managed runs.

  private void managed(long epoch, long sequence) {
    long ofSignal = -event.timestampMillis();
    json.beginText("id");
    DockrionFields.appendId(json.bytes(), epoch, sequence == 0 ? ofSignal : sequence);
    json.endText();
    json.text("type", name);
    runId("run_id");
    json.number("sequence", sequence);
    json.beginText("timestamp");
    DockrionFields.appendTimestamp(json.bytes(), event.timestampMillis());
    json.endText();
    if (event.firstSequence() > 0) {
      json.number("from_sequence", event.firstSequence());
    }
    switch (event.type()) {
      case "run_start" -> {
        json.orNull("agent_name", "agent");
        json.orNull("framework");
      }
      case "run_end" -> {
        json.orEmptyObject("output");
        latency();
        metadata();
      }
      case "error" -> {
        error();
        json.orNull("details");
        json.ifThere("retryable");
      }
      case "cancelled" -> cancelled();
      case "token_chunk", "token" -> {
        token();
        json.orNull("finish_reason");
        json.rest();
      }
      case "node_end", "step" -> {
        json.orEmptyText("node_name", "node", "name");
        json.orNull("duration_ms");
        json.orEmptyArray("input_keys");
        json.orEmptyArray("output_keys");
        json.rest();
      }
      default -> common();
    }
  }

  /// What both shapes have alike.
  private void common() {
    switch (event.type()) {
      case "progress" -> {
        json.orEmptyText("step");
        json.fraction("progress");
        json.orNull("message");
        json.rest();
      }
      case "checkpoint" -> {
        json.orEmptyText("name");
        json.orEmptyObject("data");
        json.rest();
      }
      default -> json.rest();
    }
  }

  private void metadata() {
    if (json.ifThere("metadata")) {
      return;
    }
    json.name("metadata");
    ByteBuf out = json.bytes();
    out.writeByte('{');
    if (event.hasAgent()) {
      ByteBufUtil.writeAscii(out, "\"agent\":\"");
      event.appendAgent(out);
      out.writeByte('"');
    }
    out.writeByte('}');
  }

  // Direct runs.

  private void direct() {
    json.reserve("type");
    json.reserve("request_id");
    switch (event.type()) {
      case "run_start" -> {
        runId("request_id");
        type();
      }
      case "run_end" -> {
        runId("request_id");
        type();
        json.orEmptyObject("output");
        latency();
      }
      case "error" -> {
        runId("request_id");
        type();
        error();
      }
      case "cancelled" -> {
        runId("request_id");
        type();
        cancelled();
      }
      default -> {
        type();
        emitted();
        runId("request_id");
      }
    }
  }

  private void emitted() {
    switch (event.type()) {
      case "token_chunk", "token" -> {
        token();
        json.rest();
      }
      case "node_end", "step" -> {
        json.orEmptyText("node", "node_name", "name");
        json.orEmptyObject("output");
        json.rest();
      }
      default -> {
        if (event.type().startsWith(CUSTOM_PREFIX)) {
          json.text("event_type", event.type().substring(CUSTOM_PREFIX.length()));
          json.payload("data");
        } else {
          common();
        }
      }
    }
  }

  // Fields that both have.

  private void type() {
    json.text("type", name);
  }

  private void runId(String field) {
    json.beginText(field);
    event.appendTopicTail(json.bytes());
    json.endText();
  }

  private void token() {
    json.orEmptyText("content", "text", "delta");
  }

  private void latency() {
    json.name("latency_seconds");
    if (event.find("duration_ms")) {
      DockrionFields.appendSeconds(json.bytes(), event.valueText());
    } else {
      ByteBufUtil.writeAscii(json.bytes(), "null");
    }
  }

  private void error() {
    json.orEmptyText("error", "message");
    if (!event.find("code") || event.valueBegin() != '"') {
      json.text("code", "INTERNAL_ERROR");
      return;
    }
    String code = event.valueText();
    if (TIMEOUTS.contains(code.substring(1, code.length() - 1))) {
      json.text("code", "TIMEOUT_ERROR");
    } else {
      json.name("code");
      event.appendValue(json.bytes());
    }
  }

  private void cancelled() {
    json.orNull("reason");
    json.orNull("by");
  }
}
