package io.pushrod.server.cli;

import io.pushrod.client.PublishRejected;
import io.pushrod.client.Published;
import io.pushrod.client.PublisherClosed;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.ExitCode;

/// Says what became of each publication: refusals on standard error, the first few of them, and if
/// wanted the sequences on standard output.
///
/// **Thread:** any.
final class PublishReport {
  private static final int MAX_SHOWN = 10;

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean printsSequences;
  private long lines;
  private long refused;
  private boolean isOver;

  PublishReport(PrintWriter out, PrintWriter err, boolean printsSequences) {
    this.out = out;
    this.err = err;
    this.printsSequences = printsSequences;
  }

  /// A line of the input begins.
  synchronized void onLine() {
    lines++;
  }

  /// @param outcome of one publication, now or later
  synchronized void onPublished(List<String> topics, CompletableFuture<Published> outcome) {
    long line = lines;
    var _ = outcome.whenComplete((published, error) -> onSettled(line, topics, published, error));
  }

  /// The line that was read last cannot be published.
  synchronized void onRefused(Exception cause) {
    refuse(lines, String.valueOf(cause.getMessage()));
  }

  private synchronized void onSettled(
      long line, List<String> topics, Published published, Throwable error) {
    switch (error) {
      case null -> {
        for (int i = 0; printsSequences && i < topics.size(); i++) {
          out.println(topics.get(i) + ' ' + published.sequences().get(i));
        }
      }
      case PublishRejected rejected -> refuse(line, String.valueOf(rejected.getMessage()));
      case PublisherClosed closed -> {
        if (!isOver) {
          err.println("pushrod: " + closed.getMessage());
        }
        isOver = true;
        refused++;
      }
      default -> throw new IllegalStateException(error);
    }
  }

  private void refuse(long line, String why) {
    refused++;
    if (refused <= MAX_SHOWN) {
      err.println("pushrod: " + (line == 0 ? "" : "line " + line + ": ") + why);
    }
  }

  /// Whether nothing more can be published.
  synchronized boolean isOver() {
    return isOver;
  }

  /// To be called when everything is settled.
  synchronized int exitCode() {
    if (refused > MAX_SHOWN && !isOver) {
      err.println("pushrod: " + refused + " in all were refused");
    }
    return refused == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
