package io.pushrod.server.cli;

import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Shows a run as it happens, from the events that its stream renders for Dockrion's clients:
/// tokens as text, how far it is, how it ends.
///
/// **Thread:** one at a time.
final class RunReader implements StreamReader {
  /// How a run ended, for people and for the shell.
  enum Status {
    COMPLETED(0),
    FAILED(1),
    TIMED_OUT(1),
    CANCELLED(130);

    private final int exitCode;

    Status(int exitCode) {
      this.exitCode = exitCode;
    }

    int exitCode() {
      return exitCode;
    }

    private String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private final String runId;
  private final PrintWriter out;
  private final PrintWriter err;
  private final ProgressLine progress;
  private final boolean json;
  private String cursor = "";
  private boolean isReading;
  private int tokens;
  private String startedAt = "";
  private String endedAt = "";
  private String by = "";
  private String detail = "";
  private @Nullable Status status;

  /// @param json whether events are printed as they come
  RunReader(String runId, PrintWriter out, PrintWriter err, ProgressLine progress, boolean json) {
    this.runId = runId;
    this.out = out;
    this.err = err;
    this.progress = progress;
    this.json = json;
  }

  /// Null until the run has ended.
  @Nullable Status status() {
    return status;
  }

  @Override
  public String cursor() {
    return cursor;
  }

  @Override
  public boolean isReading() {
    return isReading;
  }

  @Override
  public void onCursor(String id) {
    if (!id.isEmpty()) {
      cursor = id;
      isReading = true;
    }
  }

  @Override
  public @Nullable Ending onEvent(String frame, String data, Attempt attempt) {
    FlatJson event = FlatJson.parse(data);
    if (event == null) {
      return Ending.forGood("the server sent what is not a JSON object");
    }
    isReading = true;
    String type = event.text("type");
    if (type == null || event.text("run_id") == null) {
      return onNotice(frame, event);
    }
    if (json) {
      out.println(data);
    }
    show(type, event);
    if (out.checkError()) {
      return Ending.forGood("nobody reads the output");
    }
    return status == null ? null : Ending.forGood(status.label());
  }

  /// What the stream says of itself.
  private @Nullable Ending onNotice(String frame, FlatJson notice) {
    if (frame.equals("gap")) {
      progress.clear();
      err.println("pushrod: some events are missing; the server keeps no more of them");
    }
    String error = notice.text("error");
    return frame.equals("error") && error != null ? Ending.again(error) : null;
  }

  private void show(String type, FlatJson event) {
    switch (type) {
      case "started" -> startedAt = text(event, "timestamp");
      case "token" -> onToken(text(event, "content"));
      case "progress" ->
          progress.show(text(event, "step"), event.raw("progress"), text(event, "message"));
      case "step" -> progress.show(text(event, "node_name"), null, "");
      case "stalled" -> tell("nothing is heard of the worker");
      case "cancelling" -> tell("cancelling");
      case "complete" -> onComplete(event);
      case "error" -> {
        String code = text(event, "code");
        end(code.equals("TIMEOUT_ERROR") ? Status.TIMED_OUT : Status.FAILED, event);
        detail = ": " + (code.isEmpty() ? "" : code + ": ") + text(event, "error");
      }
      case "cancelled" -> {
        end(Status.CANCELLED, event);
        String who = text(event, "by");
        by = who.isEmpty() ? "" : " by " + who;
        detail = ": " + text(event, "reason");
      }
      default -> {
        // Of other events, people see what --json prints.
      }
    }
  }

  private void onToken(String text) {
    tokens++;
    if (!json) {
      progress.clear();
      out.print(text);
      progress.onText(text);
    }
  }

  private void onComplete(FlatJson event) {
    end(Status.COMPLETED, event);
    String output = event.raw("output");
    if (!json && tokens == 0 && output != null && !output.equals("null")) {
      out.println(output);
    }
  }

  private void end(Status how, FlatJson event) {
    status = how;
    endedAt = text(event, "timestamp");
    progress.clear();
    if (!json && progress.isInLine()) {
      out.println();
    }
  }

  private void tell(String what) {
    progress.clear();
    err.println("pushrod: run " + runId + ": " + what);
  }

  /// How it ended, how long it took and how much it said.
  String summary() {
    return "run "
        + runId
        + ' '
        + (status == null ? "goes on" : status.label() + by + took())
        + ", "
        + tokens
        + (tokens == 1 ? " token" : " tokens")
        + detail;
  }

  private String took() {
    try {
      Duration time =
          Duration.between(OffsetDateTime.parse(startedAt), OffsetDateTime.parse(endedAt));
      return String.format(Locale.ROOT, " in %.1f s", time.toMillis() / 1_000.0);
    } catch (DateTimeException e) {
      return "";
    }
  }

  /// Without what could steer a terminal.
  private static String text(FlatJson event, String name) {
    return Objects.requireNonNullElse(event.text(name), "").replaceAll("[\\p{Cntrl}&&[^\n\t]]", "");
  }
}
