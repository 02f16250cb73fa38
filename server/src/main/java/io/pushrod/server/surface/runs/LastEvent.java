package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.run.RunStatus;
import io.pushrod.server.run.RunView;
import io.pushrod.server.run.RunView.RunError;

/// The event that ended a run, made again from what is remembered of the run.
final class LastEvent {
  private LastEvent() {}

  /// The native JSON as a dialect reads it, on the heap.
  static ByteBuf of(RunView run) {
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter event =
        new JsonObjectWriter(out)
            .text("topic", run.topic())
            .text("type", type(run.status()))
            .number("ts", run.endedMillis())
            .text("agent_id", run.agent())
            .name("data");
    JsonObjectWriter data = new JsonObjectWriter(out);
    RunError error = run.error();
    if (run.status() == RunStatus.COMPLETED) {
      String output = run.output();
      data.raw("output", output == null ? "null" : output)
          .number("duration_ms", Math.max(0, run.endedMillis() - run.startedMillis()));
    } else if (run.status() == RunStatus.CANCELLED) {
      data.text("reason", error == null ? "" : error.message());
    } else if (error != null) {
      data.text("code", error.code())
          .text("message", error.message())
          .bool("retryable", error.retryable());
    }
    data.end();
    event.end();
    return out;
  }

  private static String type(RunStatus status) {
    return switch (status) {
      case COMPLETED -> "run_end";
      case CANCELLED -> "cancelled";
      default -> "error";
    };
  }
}
