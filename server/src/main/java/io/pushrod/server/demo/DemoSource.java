package io.pushrod.server.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.pushrod.client.Publication;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.codec.IdField;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes what a real process does: each line of its output, and its CPU time and memory twice a
/// second.
///
/// The process hashes the machine's programs one by one, over and over; each round is a run.
///
/// **Thread:** two virtual threads of its own.
public final class DemoSource implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DemoSource.class);

  /// About 20 lines a second: the pace at which a model speaks.
  private static final String COMMAND =
      "for f in /usr/bin/*; do sha256sum \"$f\" 2>/dev/null; sleep 0.05; done";

  private static final long SAMPLE_MILLIS = 500;
  private static final long PAGE_BYTES = 4096;

  private final Publisher publisher;
  private final Thread thread;
  private volatile boolean closed;

  /// @param port of the ingest listener on loopback
  public DemoSource(int port, Supplier<String> token) {
    publisher =
        Publisher.start(PublisherConfig.of("127.0.0.1", port, "demo-source").withToken(token));
    thread = Thread.ofVirtual().name("demo-source").start(this::run);
  }

  private void run() {
    try {
      for (int round = 1; !closed; round++) {
        run("demo-" + round);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.warn("The demo's process failed: {}", e.getMessage());
    }
  }

  private void run(String runId) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", COMMAND).redirectErrorStream(true).start();
    process.getOutputStream().close();
    publish(runId, "run_start", "{\"command\":" + quoted(COMMAND) + "}");
    Thread sampler = Thread.ofVirtual().name("demo-sampler").start(() -> sample(runId, process));
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null && !closed; line = lines.readLine()) {
        publish(runId, "token_chunk", "{\"text\":" + quoted(line + "\n") + "}");
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      sampler.interrupt();
    }
    publish(runId, "run_end", "{\"exit_code\":" + process.waitFor() + "}");
  }

  private void sample(String runId, Process process) {
    try {
      while (process.isAlive()) {
        publish(
            runId,
            "progress",
            "{\"cpu_seconds\":"
                + cpuSeconds(process)
                + ",\"rss_bytes\":"
                + rssBytes(process)
                + "}");
        TimeUnit.MILLISECONDS.sleep(SAMPLE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Of the shell and the children it has waited for (proc(5), `stat` fields 14 to 17, in ticks of
  /// 10 ms).
  private static double cpuSeconds(Process process) {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks = 0;
      for (int i = 11; i <= 14; i++) {
        ticks += Long.parseLong(fields[i]);
      }
      return ticks / 100.0;
    } catch (IOException e) {
      return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1000.0;
    }
  }

  private static long rssBytes(Process process) {
    try {
      String statm = Files.readString(Path.of("/proc/" + process.pid() + "/statm"));
      return Long.parseLong(statm.split(" ", -1)[1]) * PAGE_BYTES;
    } catch (IOException e) {
      return 0;
    }
  }

  private void publish(String runId, String type, String data) throws InterruptedException {
    publisher
        .publish(Publication.of(DemoRoutes.TOPIC, type, data).withId(IdField.RUN_ID, runId))
        .exceptionally(
            failure -> {
              log.debug("The demo's event was refused: {}", failure.getMessage());
              return null;
            });
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    publisher.close();
  }
}
