package io.pushrod.server.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.client.RunContext;
import io.pushrod.client.RunFailed;
import io.pushrod.client.RunHandler;
import io.pushrod.client.RunRequest;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonScanner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// An agent that is a program, started anew for each run.
///
/// A run ends as its program does: exit code 0 completes it, any other fails it with `exit_<code>`.
/// A cancel ends the program: at once; or after the next `node_end`, when the cancel lets it finish
/// its node. A program that shall finish its turn is left alone until the server's deadline.
///
/// **Thread:** any.
final class ProgramAgent implements RunHandler {
  private final String command;
  private final Duration grace;
  private final PrintWriter err;
  private final Set<AgentProcess> running = ConcurrentHashMap.newKeySet();
  private volatile boolean isStopped;

  /// @param command for `sh -c`
  /// @param grace from SIGTERM to SIGKILL
  ProgramAgent(String command, Duration grace, PrintWriter err) {
    this.command = command;
    this.grace = grace;
    this.err = err;
  }

  /// How many programs are running.
  int running() {
    return running.size();
  }

  /// Ends all programs, whose runs fail with `worker_stopped`.
  void stop() {
    isStopped = true;
    running.forEach(AgentProcess::terminate);
  }

  @Override
  public @Nullable String run(RunRequest request, RunContext run) throws InterruptedException {
    long beginNanos = System.nanoTime();
    String how = "failed";
    try {
      String output = output(request, run);
      how = "completed";
      return output;
    } catch (InterruptedException | CancellationException e) {
      how = run.cancelled().requested() ? "ended: " + run.cancelled().reason() : "interrupted";
      throw e;
    } catch (RunFailed e) {
      how = "failed: " + e.code();
      throw e;
    } finally {
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
      err.println(
          '['
              + request.id()
              + "] "
              + how.replaceAll("\\p{Cntrl}", " ")
              + " after "
              + millis
              + " ms");
    }
  }

  private @Nullable String output(RunRequest request, RunContext run) throws InterruptedException {
    AgentProcess process = start(request);
    AtomicBoolean isAtNodesEnd = new AtomicBoolean();
    running.add(process);
    try {
      if (isStopped) {
        process.terminate();
      }
      AgentProcess.End end =
          process.run(
              line(request),
              (type, data) -> {
                run.emit(type, data);
                if (type.equals("node_end") && run.cancelled().how() == How.AFTER_NODE) {
                  isAtNodesEnd.set(true);
                  process.terminate();
                }
              });
      if (isAtNodesEnd.get()) {
        throw new CancellationException("after its node");
      }
      return output(end);
    } finally {
      running.remove(process);
    }
  }

  private AgentProcess start(RunRequest request) {
    try {
      return AgentProcess.start(command, request.id(), grace, err);
    } catch (IOException e) {
      err.println('[' + request.id() + "] " + e.getMessage());
      throw new RunFailed("not_started", "the worker cannot start its program", true);
    }
  }

  private @Nullable String output(AgentProcess.End end) {
    AgentLine.Failure failure = end.failure();
    if (failure != null) {
      throw new RunFailed(failure.code(), failure.message(), failure.retryable());
    }
    if (end.exitCode() == 0) {
      return end.output();
    }
    if (isStopped) {
      throw new RunFailed("worker_stopped", "the worker was stopped", true);
    }
    throw new RunFailed(
        "exit_" + end.exitCode(), "the program ended with exit code " + end.exitCode(), false);
  }

  /// One line of JSON.
  static String line(RunRequest request) {
    ByteBuf json = Unpooled.buffer(256);
    JsonObjectWriter line = new JsonObjectWriter(json);
    line.text("run_id", request.id()).text("agent", request.agent()).text("user", request.user());
    String thread = request.ids().get(IdField.THREAD_ID);
    if (thread != null) {
      line.text("thread_id", thread);
    }
    line.name("input");
    ByteBuf input = Unpooled.copiedBuffer(request.input(), StandardCharsets.UTF_8);
    JsonScanner.compact(input, 0, input.readableBytes(), json);
    line.end();
    return json.toString(StandardCharsets.UTF_8) + '\n';
  }
}
