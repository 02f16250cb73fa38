package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.run.RunStatus;
import io.pushrod.server.run.RunView;
import io.pushrod.server.run.RunView.RunError;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/// Runs as Dockrion's runtime shows them.
final class RunJson {
  static final String TIMED_OUT = "TIMEOUT_ERROR";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx").withZone(ZoneOffset.UTC);

  private RunJson() {}

  /// What `POST /runs` answers.
  ///
  /// @param fresh false for a run that was there before
  static void accepted(ByteBuf out, RunView run, boolean fresh) {
    RunStatus status = fresh ? RunStatus.ACCEPTED : run.status();
    new JsonObjectWriter(out)
        .text("run_id", run.id())
        .text("status", status.label())
        .text("events_url", "/runs/" + run.id() + "/events")
        .text("created_at", time(run.createdMillis()))
        .end();
  }

  /// All that is known of a run.
  static void whole(ByteBuf out, RunView run) {
    JsonObjectWriter object =
        head(out, run).raw("output", run.output() == null ? "null" : run.output());
    error(out, object, run);
    metadata(out, object, run);
    object.end();
  }

  /// One of a list: without what the worker wrote, which has no small bound.
  static void line(ByteBuf out, RunView run) {
    JsonObjectWriter object = head(out, run);
    metadata(out, object, run);
    object.end();
  }

  private static JsonObjectWriter head(ByteBuf out, RunView run) {
    JsonObjectWriter object =
        new JsonObjectWriter(out)
            .text("run_id", run.id())
            .text("status", run.status().label())
            .text("created_at", time(run.createdMillis()));
    time(object, "completed_at", run.endedMillis());
    return object;
  }

  private static void error(ByteBuf out, JsonObjectWriter object, RunView run) {
    RunError error = run.error();
    if (error == null) {
      object.raw("error", "null");
      return;
    }
    object.name("error");
    JsonObjectWriter of =
        new JsonObjectWriter(out)
            .text("message", error.message())
            .text("code", code(run, error))
            .name("details");
    new JsonObjectWriter(out).bool("retryable", error.retryable()).end();
    of.end();
  }

  /// The code of Dockrion's for whatever time ran out, else the run's own.
  static String code(RunView run, RunError error) {
    return run.status() == RunStatus.TIMED_OUT ? TIMED_OUT : error.code();
  }

  private static void metadata(ByteBuf out, JsonObjectWriter object, RunView run) {
    object.name("metadata");
    JsonObjectWriter of = new JsonObjectWriter(out).text("agent", run.agent());
    if (!run.user().isEmpty()) {
      of.text("user", run.user());
    }
    time(of, "started_at", run.startedMillis());
    if (run.cancelling() && !run.status().isTerminal()) {
      of.bool("cancelling", true);
    }
    of.end();
  }

  /// What `POST /invoke` answers when the run is completed.
  static void invoked(ByteBuf out, RunView run) {
    JsonObjectWriter object =
        new JsonObjectWriter(out)
            .bool("success", true)
            .raw("output", run.output() == null ? "null" : run.output())
            .name("metadata");
    new JsonObjectWriter(out)
        .text("agent", run.agent())
        .text("run_id", run.id())
        .raw("latency_seconds", seconds(run.endedMillis() - run.createdMillis()))
        .end();
    object.end();
  }

  private static void time(JsonObjectWriter object, String name, long millis) {
    if (millis == 0) {
      object.raw(name, "null");
    } else {
      object.text(name, time(millis));
    }
  }

  static String time(long millis) {
    return TIME.format(Instant.ofEpochMilli(millis));
  }

  /// Milliseconds as seconds with three digits.
  static String seconds(long millis) {
    long known = Math.max(0, millis);
    return known / 1_000 + "." + String.valueOf(1_000 + known % 1_000).substring(1);
  }

  /// Appends runs as `{"runs":[…]}`.
  static void list(ByteBuf out, Iterable<RunView> runs) {
    JsonObjectWriter answer = new JsonObjectWriter(out).name("runs");
    out.writeByte('[');
    @Nullable RunView before = null;
    for (RunView run : runs) {
      if (before != null) {
        out.writeByte(',');
      }
      line(out, run);
      before = run;
    }
    out.writeByte(']');
    answer.end();
  }
}
