package io.pushrod.server.cli;

import java.io.PrintWriter;
import java.time.Duration;

/// Shows one run until it has ended. The first Ctrl-C cancels the run, the second one leaves it.
///
/// **Thread:** [#follow] belongs to one thread, [#onInterrupt] to another.
final class RunFollower {
  /// As for a process that SIGINT ended.
  private static final int INTERRUPTED = 130;

  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final String runId;
  private final RunClient client;
  private final RunReader reader;
  private final PrintWriter err;
  private final Thread thread = Thread.currentThread();
  private int interrupts;

  RunFollower(String runId, RunClient client, RunReader reader, PrintWriter err) {
    this.runId = runId;
    this.client = client;
    this.reader = reader;
    this.err = err;
  }

  /// @return the exit code
  /// @throws CommandFailed when the run cannot be read to its end
  int follow() {
    String path = "/runs/" + EventStream.encode(runId) + "/events?from_sequence=1&timeout=3600";
    EventStream stream = new EventStream(client.base(), client.token(), SILENCE);
    Ending ending;
    try {
      ending =
          Following.follow(
              () -> stream.read(path, reader), reader, err, Following.FIRST_WAIT_MILLIS);
    } catch (InterruptedException e) {
      err.println("pushrod: left; look again with: pushrod run --attach " + runId);
      return INTERRUPTED;
    }
    RunReader.Status status = reader.status();
    if (status == null) {
      throw new CommandFailed(ending.reason());
    }
    err.println("pushrod: " + reader.summary());
    return status.exitCode();
  }

  /// Somebody pressed Ctrl-C.
  void onInterrupt() {
    interrupts++;
    if (interrupts > 1) {
      thread.interrupt();
      return;
    }
    err.println("pushrod: cancelling run " + runId + "; Ctrl-C again leaves it");
    try {
      client.cancel(runId);
    } catch (CommandFailed e) {
      err.println("pushrod: not cancelled: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
