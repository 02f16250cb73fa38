package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The process that a signal stops.
@Timeout(60)
final class DrainProcessTest {
  @TempDir Path data;

  /// A server that runs.
  private record Child(Process process, BufferedReader out, URI ready) implements AutoCloseable {
    static Child start(Path data, String... settings) throws IOException {
      List<String> command =
          Stream.concat(
                  Stream.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-XX:TieredStopAtLevel=1",
                      "-cp",
                      System.getProperty("java.class.path"),
                      "io.pushrod.server.Main",
                      "serve",
                      "--dev",
                      "--data=" + data,
                      "--port=0",
                      "--ingest-port=0",
                      "--admin-port=0"),
                  Stream.of(settings).map(each -> "--set=" + each))
              .toList();
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      BufferedReader out = process.inputReader();
      String line = lineWith(out, "admin=");
      String admin = line.substring(line.indexOf("admin=") + 6).split(" ", 2)[0];
      return new Child(process, out, URI.create("http://" + admin + "/readyz"));
    }

    private static String lineWith(BufferedReader out, String part) throws IOException {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.contains(part)) {
          return line;
        }
      }
      throw new AssertionError("line: none (expected: one with " + part + ")");
    }

    void awaitLine(String part) throws IOException {
      assertThat(lineWith(out, part)).contains(part);
    }

    int readiness() throws IOException, InterruptedException {
      try (HttpClient http = HttpClient.newHttpClient()) {
        return http.send(
                HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.discarding())
            .statusCode();
      }
    }

    /// SIGTERM; unlike the process, its handle leaves the output open.
    void terminate() {
      process.toHandle().destroy();
    }

    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @Test
  void endsWithZeroOnceItHasDrained() throws Exception {
    try (Child server = Child.start(data)) {
      assertThat(server.readiness()).isEqualTo(200);
      server.terminate();
      server.awaitLine("drained in");
      assertThat(server.exitCode()).isZero();
    }
  }

  @Test
  void endsWhenItDoesNotStopInTime() throws Exception {
    Process stuck =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.pushrod.server.StuckProcess")
            .start();
    try (BufferedReader out = stuck.inputReader()) {
      Child.lineWith(out, "runs");
      stuck.toHandle().destroy();
      Child.lineWith(out, "told");
      assertThat(stuck.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(stuck.exitValue()).isEqualTo(1);
    } finally {
      stuck.destroyForcibly();
    }
  }

  @Test
  void endsAtOnceOnASecondSignal() throws Exception {
    try (Child server = Child.start(data, "drain.delay=10m", "drain.timeout=20m")) {
      server.terminate();
      server.awaitLine("draining:");
      assertThat(server.readiness()).isEqualTo(503);
      server.terminate();
      assertThat(server.exitCode()).isEqualTo(128 + 15);
    }
  }
}
