package io.pushrod.bench.run;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// One start of a server: how long until it answered its first connection, and what it cost.
///
/// @param millis from the start of its process to the first byte of an answer
/// @param cpuMillis of the process by then, user and system
/// @param rssBytes of the process then
/// @param command of the process, as it replaced those that started it
/// @param files that it has mapped into its memory
public record Started(
    double millis, double cpuMillis, long rssBytes, List<String> command, List<String> files) {
  private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();
  private static final int ANSWER_MILLIS = 10_000;
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  /// Starts it, asks until it answers, and ends it.
  ///
  /// @param cores that it may use, as `taskset` takes them
  /// @param command that ends with a server on `port` of loopback
  /// @throws BenchException when nobody answers within `patience`
  public static Started of(
      String name, Path logs, String cores, List<String> command, int port, Duration patience)
      throws IOException {
    List<String> bounded =
        Stream.concat(
                Stream.of("taskset", "-c", cores, "timeout", "" + 2 * patience.toSeconds()),
                command.stream())
            .toList();
    long begin = System.nanoTime();
    try (Child child = Child.start(name, logs, bounded)) {
      while (!answers(port)) {
        if (!child.isAlive() || System.nanoTime() - begin > patience.toNanos()) {
          throw new BenchException(name + ": no answer, see bench/target/logs/" + name + ".log");
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
      long nanos = System.nanoTime() - begin;
      long pid = child.pid();
      long cpuNanos = CpuClock.nanos(pid);
      return new Started(
          nanos / 1e6, cpuNanos / 1e6, Memory.of(pid).rssBytes(), commandOf(pid), filesOf(pid));
    }
  }

  private static boolean answers(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(ANSWER_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.getOutputStream().write(REQUEST);
      return socket.getInputStream().read() >= 0;
    } catch (ConnectException e) {
      return false;
    }
  }

  private static List<String> commandOf(long pid) throws IOException {
    String line = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
    return List.of(line.split("\0", -1));
  }

  private static List<String> filesOf(long pid) throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/" + pid + "/maps"))) {
      return maps.filter(line -> line.indexOf('/') > 0)
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .toList();
    }
  }
}
