package io.pushrod.bench.faults;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import io.pushrod.bench.run.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One server under test: it starts again and again, on the same ports and the same folder.
///
/// **Thread:** one at a time.
final class ServerNode implements AutoCloseable {
  private static final int START_SECONDS = 120;

  /// Beyond what its drain may take.
  private static final int DRAIN_SECONDS = 20;

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();

  private final String name;
  private final Path root;
  private final Path logs;
  private final Disk disk;
  private final Path clock;
  private final List<Integer> ports = FreePorts.of(3);
  private final List<String> settings;
  private final int maxSeconds;
  private final Proxy readers;
  private final Proxy publishers;
  private int starts;
  private @Nullable Child child;
  private long pid;

  /// @param root of the repository
  /// @param disk for all that it writes
  ServerNode(int number, Path root, Path logs, Disk disk, List<String> settings, int maxSeconds)
      throws IOException {
    this.name = "server-" + number;
    this.root = root;
    this.logs = logs;
    this.disk = disk;
    this.settings = List.copyOf(settings);
    this.maxSeconds = maxSeconds;
    clock = Files.write(logs.resolve(name + ".clock"), new byte[Long.BYTES]);
    readers = Proxy.to("127.0.0.1", ports.get(0));
    publishers = Proxy.to("127.0.0.1", ports.get(1));
  }

  Proxy readers() {
    return readers;
  }

  Proxy publishers() {
    return publishers;
  }

  Disk disk() {
    return disk;
  }

  Path data() {
    return disk.folder();
  }

  /// Starts it, and waits until it answers; not until it is ready, which may need others.
  void start() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "env",
            "PUSHROD_JVM_FLAGS=-Xmx384m -XX:MaxDirectMemorySize=512m -Dpushrod.test.clock="
                + clock.toAbsolutePath()));
    command.addAll(List.of(root.resolve("scripts/pushrod").toString(), "serve", "--dev"));
    command.addAll(List.of("--data", disk.folder().toString(), "--port", "" + ports.get(0)));
    command.addAll(List.of("--ingest-port", "" + ports.get(1), "--admin-port", "" + ports.get(2)));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    Child started =
        Child.start(name + '-' + ++starts, logs, Cores.pinned("0,1", maxSeconds, command));
    child = started;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (answer("/healthz") == 0) {
      if (!started.isAlive() || System.nanoTime() > deadline) {
        throw new BenchException(name + ": does not answer, see " + name + '-' + starts + ".log");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    pid = started.pid();
  }

  boolean isReady() throws InterruptedException {
    return answer("/readyz") == 200;
  }

  private int answer(String path) throws InterruptedException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports.get(2) + path))
              .timeout(Duration.ofSeconds(2))
              .build();
      return HTTP.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0; // not listening yet, or not any more
    }
  }

  void kill() throws IOException, InterruptedException {
    Signal.kill(pid);
    ended();
  }

  void freeze() throws IOException, InterruptedException {
    Signal.freeze(pid);
  }

  void thaw() throws IOException, InterruptedException {
    Signal.thaw(pid);
  }

  /// Asks it to end as a deployment would.
  ///
  /// @throws BenchException when it does not
  void drain() throws IOException, InterruptedException {
    Signal.terminate(pid);
    if (!Signal.awaitEnd(pid, DRAIN_SECONDS)) {
      throw new BenchException(name + ": still there " + DRAIN_SECONDS + " s after SIGTERM");
    }
    ended();
  }

  private void ended() throws IOException {
    Child ended = child;
    child = null;
    if (ended != null) {
      ended.close();
    }
  }

  /// Sets how far its clock is off.
  void jump(long millis) throws IOException {
    byte[] bytes =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(millis).array();
    Files.write(clock, bytes, StandardOpenOption.WRITE);
  }

  /// The last lines that it logged.
  Path log() {
    return logs.resolve(name + '-' + starts + ".log");
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public void close() throws IOException {
    readers.close();
    publishers.close();
    ended();
    disk.close();
  }
}
