package io.pushrod.bench.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A server of Redis, or a Sentinel, with a folder of its own. It starts again and again on its
/// port with what it has kept, and with what others had it write into its configuration.
///
/// **Thread:** one at a time.
final class RedisProcess implements AutoCloseable {
  private static final int START_SECONDS = 60;
  private static final int PATIENCE_MILLIS = 2_000;

  private final String name;
  private final int port;
  private final Path folder;
  private final Path logs;
  private final List<String> command;
  private final int maxSeconds;
  private int starts;
  private @Nullable Child child;
  private long pid;

  private RedisProcess(
      String name, int port, Path logs, List<String> lines, List<String> more, int maxSeconds)
      throws IOException {
    this.name = name;
    this.port = port;
    this.logs = logs;
    this.maxSeconds = maxSeconds;
    folder = Files.createDirectories(logs.resolve(name)).toAbsolutePath();
    List<String> all =
        new ArrayList<>(List.of("bind 127.0.0.1", "port " + port, "dir " + folder, "daemonize no"));
    all.addAll(lines);
    Path config = Files.write(folder.resolve("redis.conf"), all);
    command = new ArrayList<>(List.of("redis-server", config.toString()));
    command.addAll(more);
  }

  /// One whose append-only file is synced before each answer, so that it has what it has confirmed
  /// when it starts again.
  ///
  /// @param lines more of its configuration
  static RedisProcess server(String name, int port, Path logs, int maxSeconds, List<String> lines)
      throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "save \"\"",
                "appendonly yes",
                "appendfsync always",
                "maxmemory-policy noeviction",
                "repl-diskless-sync-delay 0"));
    all.addAll(lines);
    return new RedisProcess(name, port, logs, all, List.of(), maxSeconds);
  }

  /// One that watches a primary on this machine, alone.
  ///
  /// @param watched what it calls the primary
  static RedisProcess sentinel(
      String name, int port, Path logs, int maxSeconds, String watched, int primary)
      throws IOException {
    List<String> lines =
        List.of(
            "sentinel monitor " + watched + " 127.0.0.1 " + primary + " 1",
            "sentinel down-after-milliseconds " + watched + " 500",
            "sentinel failover-timeout " + watched + " 3000");
    return new RedisProcess(name, port, logs, lines, List.of("--sentinel"), maxSeconds);
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
        Child.start(name + '-' + ++starts, logs, Cores.pinned("0,1", maxSeconds, command));
    child = started;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!ask("PING").startsWith("+PONG")) {
      if (!started.isAlive() || System.nanoTime() > deadline) {
        throw new BenchException(name + ": does not answer, see " + name + '-' + starts + ".log");
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    pid = started.pid();
  }

  /// Does an inline command.
  ///
  /// @return the line of its answer, or all of a text of several; empty when nobody answers, or
  ///   there is nothing
  String ask(String command) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      String line = EventStream.line(in);
      if (line == null || line.equals("$-1")) {
        return "";
      }
      return line.startsWith("$")
          ? new String(in.readNBytes(Integer.parseInt(line.substring(1))), US_ASCII)
          : line;
    } catch (IOException e) {
      return "";
    }
  }

  /// Does a command that has to succeed.
  void tell(String command) {
    String answer = ask(command);
    if (!answer.startsWith("+OK")) {
      throw new BenchException(name + ": " + command + ": " + answer + " (expected: OK)");
    }
  }

  boolean isPrimary() {
    return ask("INFO replication").contains("role:master");
  }

  /// Whether it is a replica that has all that its primary has.
  boolean follows() {
    String info = ask("INFO replication");
    return info.contains("role:slave") && info.contains("master_link_status:up");
  }

  /// Sets how much memory it may have; 0 for all.
  void limit(long bytes) {
    ask("CONFIG SET maxmemory " + bytes);
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
  public String toString() {
    return name;
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
