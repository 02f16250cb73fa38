package io.pushrod.bench.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import io.pushrod.bench.run.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A Redis whose append-only file is synced before each answer, so that it has what it has
/// confirmed when it starts again.
///
/// **Thread:** one at a time.
final class RedisProcess implements AutoCloseable {
  private static final int START_SECONDS = 60;
  private static final int PATIENCE_MILLIS = 2_000;

  private final Path folder;
  private final Path logs;
  private final int port = FreePorts.of(1).getFirst();
  private final String config;
  private final int maxSeconds;
  private int starts;
  private @Nullable Child child;
  private long pid;

  RedisProcess(Path logs, int maxSeconds) throws IOException {
    this.logs = logs;
    this.maxSeconds = maxSeconds;
    folder = Files.createDirectories(logs.resolve("redis"));
    Path file = folder.resolve("redis.conf");
    Files.writeString(
        file,
        """
        bind 127.0.0.1
        port %d
        dir %s
        save ""
        appendonly yes
        appendfsync always
        maxmemory-policy noeviction
        daemonize no
        """
            .formatted(port, folder.toAbsolutePath()));
    config = file.toString();
  }

  static boolean isInstalled() {
    return Stream.of((System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/bin").split(":"))
        .map(each -> Path.of(each, "redis-server"))
        .anyMatch(Files::isExecutable);
  }

  int port() {
    return port;
  }

  void start() throws IOException, InterruptedException {
    Child started =
        Child.start(
            "redis-" + ++starts,
            logs,
            Cores.pinned("0,1", maxSeconds, List.of("redis-server", config)));
    child = started;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!ask("PING\r\n").startsWith("+PONG")) {
      if (!started.isAlive() || System.nanoTime() > deadline) {
        throw new BenchException("redis: does not answer, see redis-" + starts + ".log");
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    pid = started.pid();
  }

  /// The first bytes of the answer to an inline command; empty when nobody answers.
  private String ask(String command) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      socket.getOutputStream().write(command.getBytes(US_ASCII));
      byte[] answer = new byte[64];
      int length = socket.getInputStream().read(answer);
      return new String(answer, 0, Math.max(0, length), US_ASCII);
    } catch (IOException e) {
      return "";
    }
  }

  /// Sets how much memory it may have; 0 for all.
  void limit(long bytes) {
    ask("CONFIG SET maxmemory " + bytes + "\r\n");
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

  private void ended() throws IOException {
    Child ended = child;
    child = null;
    if (ended != null) {
      ended.close();
    }
  }

  @Override
  public void close() throws IOException {
    ended();
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}
