package io.pushrod.server.cli;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One run of a program: its request goes to standard input, lines of its output become events,
/// text also before its line is complete, and its standard error goes to ours, line by line, behind
/// the run's id.
///
/// The program's end is the run's: what it leaves behind in its process group is killed.
///
/// **Thread:** [#run] belongs to one thread; [#terminate] and [#kill] to any.
final class AgentProcess {
  /// A longer event fails the run; text may have any length.
  static final int MAX_LINE_CHARS = 64 * 1024;

  private static final AgentLine.Failure TOO_LONG =
      new AgentLine.Failure(
          "line_too_long",
          "event: > " + MAX_LINE_CHARS + " characters (expected: at most that)",
          false);

  /// For the output of a program that has been killed.
  private static final long LAST_WORDS_MILLIS = 1_000;

  /// Where events go.
  interface Sink {
    /// May wait for room; throws when the run takes no more.
    void emit(String type, String data) throws InterruptedException;
  }

  /// @param output one JSON value; null when the program named none
  /// @param failure what the program, or its output, says went wrong
  record End(int exitCode, @Nullable String output, AgentLine.@Nullable Failure failure) {}

  private final String runId;
  private final ProcessGroup group;
  private final Duration grace;
  private final PrintWriter err;

  // Written by the thread that reads the output, read when that has ended.
  private @Nullable String output;
  private AgentLine.@Nullable Failure failure;
  private @Nullable RuntimeException refused;

  private AgentProcess(String runId, ProcessGroup group, Duration grace, PrintWriter err) {
    this.runId = runId;
    this.group = group;
    this.grace = grace;
    this.err = err;
  }

  /// @param command for `sh -c`
  /// @param grace from SIGTERM to SIGKILL
  static AgentProcess start(String command, String runId, Duration grace, PrintWriter err)
      throws IOException {
    return new AgentProcess(runId, ProcessGroup.start(command), grace, err);
  }

  /// Returns when the program has ended and all of its output is emitted.
  ///
  /// @param request for its standard input, which is closed behind it
  /// @throws InterruptedException when interrupted; the program is gone by then, killed at once
  ///   when interrupted again
  /// @throws RuntimeException what the sink threw; the program is gone by then
  End run(String request, Sink sink) throws InterruptedException {
    Thread input = start("in", () -> write(request));
    Thread errors = start("err", this::passErrors);
    Thread lines = start("out", () -> passLines(sink));
    try {
      int exitCode = group.process().waitFor();
      group.kill();
      lines.join();
      errors.join();
      if (refused != null) {
        throw refused;
      }
      return new End(exitCode, output, failure);
    } catch (InterruptedException e) {
      terminate();
      awaitEnd();
      lines.join(LAST_WORDS_MILLIS);
      throw e;
    } finally {
      input.interrupt();
      lines.interrupt();
    }
  }

  /// Asks the program to end: SIGTERM, and SIGKILL when that does not help in time.
  void terminate() {
    group.terminate();
    Executor later = CompletableFuture.delayedExecutor(grace.toMillis(), TimeUnit.MILLISECONDS);
    later.execute(
        () -> {
          if (group.process().isAlive()) {
            group.kill();
          }
        });
  }

  void kill() {
    group.kill();
  }

  private void awaitEnd() {
    while (group.process().isAlive()) {
      try {
        group.process().waitFor();
      } catch (InterruptedException e) {
        kill();
      }
    }
    group.kill();
  }

  private Thread start(String name, Runnable task) {
    return Thread.ofPlatform().daemon().name("agent-" + name + '-' + runId).start(task);
  }

  private void write(String request) {
    try (OutputStream in = group.process().getOutputStream()) {
      in.write(request.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The program does not read it, which is its own affair.
    }
  }

  private void passErrors() {
    try (Reader reader =
        new InputStreamReader(group.process().getErrorStream(), StandardCharsets.UTF_8)) {
      LineReader lines = new LineReader(reader, MAX_LINE_CHARS);
      for (String line = lines.next(); line != null; line = lines.next()) {
        err.println('[' + runId + "] " + line.stripTrailing());
      }
    } catch (IOException e) {
      // It was killed.
    }
  }

  private void passLines(Sink sink) {
    try (Reader reader =
        new InputStreamReader(group.process().getInputStream(), StandardCharsets.UTF_8)) {
      LineReader lines = new LineReader(reader, MAX_LINE_CHARS + 1, AgentLine::isText);
      boolean isWithinText = false;
      for (String line = lines.next(); line != null; line = lines.next()) {
        boolean isComplete = line.endsWith("\n");
        isWithinText = isWithinText || AgentLine.isText(line);
        if (line.length() > MAX_LINE_CHARS && !isComplete && !isWithinText) {
          onFailure(TOO_LONG);
          group.kill();
          return;
        }
        for (AgentLine said : isWithinText ? AgentLine.text(line) : AgentLine.parse(line)) {
          pass(said, sink);
        }
        isWithinText = isWithinText && !isComplete;
      }
    } catch (IOException e) {
      // It was killed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      refused = e;
      group.kill();
    }
  }

  private void pass(AgentLine said, Sink sink) throws InterruptedException {
    switch (said) {
      case AgentLine.Event event -> sink.emit(event.type(), event.data());
      case AgentLine.Result result -> output = result.output();
      case AgentLine.Failure reported -> onFailure(reported);
    }
  }

  private void onFailure(AgentLine.Failure reported) {
    if (failure == null) {
      failure = reported;
    }
  }
}
