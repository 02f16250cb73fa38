package io.pushrod.server.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A Redis on a free port with a folder of its own, and one connection to it that speaks its
/// protocol. It keeps nothing, unless its options say so.
///
/// Where there is no `redis-server` the test is skipped; on CI, which installs it, it fails.
public final class RedisServer implements AutoCloseable {
  private static final int NOT_YET_MILLIS = 20;

  private final int port = freePort();
  private final String password;
  private final List<String> options;
  private final Path folder;
  private @Nullable Process process;
  private @Nullable Socket socket;
  private @Nullable BufferedReader in;

  /// @param password empty for none
  /// @param options of its command line, such as `--maxmemory`
  public static RedisServer start(String password, String... options) {
    assumeInstalled();
    RedisServer redis = new RedisServer(password, List.of(options));
    redis.begin();
    return redis;
  }

  /// Skips the test where there is none.
  static void assumeInstalled() {
    boolean isThere =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    assumeTrue(
        isThere || System.getenv("CI") != null,
        "redis-server: not found in PATH (expected: for tests with a Redis)");
  }

  /// One that has what it answered after it was killed.
  public static RedisServer durable() {
    return start("", "--appendonly", "yes", "--appendfsync", "always");
  }

  /// A Sentinel, alone, of a primary that it knows as `main`.
  public static RedisServer sentinel(int primary) {
    return start(
        "",
        "--sentinel",
        "--sentinel monitor main 127.0.0.1 " + primary + " 1",
        "--sentinel down-after-milliseconds main 500",
        "--sentinel failover-timeout main 2000");
  }

  private RedisServer(String password, List<String> options) {
    this.password = password;
    this.options = options;
    try {
      this.folder = Files.createTempDirectory("pushrod-redis");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int freePort() {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts it again after [#kill] on the port that it had, with what it has kept.
  public void begin() {
    List<String> command = new ArrayList<>(List.of("redis-server"));
    if (options.contains("--sentinel")) {
      command.addAll(List.of(sentinelFile(), "--sentinel"));
    } else {
      command.addAll(List.of("--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
      command.addAll(options);
    }
    if (!password.isEmpty()) {
      command.addAll(List.of("--requirepass", password));
    }
    try {
      process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Await.until("redis listens", this::connects);
    if (!password.isEmpty()) {
      call("AUTH", password);
    }
  }

  /// A Sentinel writes to its file.
  private String sentinelFile() {
    Path file = folder.resolve("sentinel.conf");
    List<String> lines = new ArrayList<>(List.of("port " + port, "bind 127.0.0.1"));
    options.stream().skip(1).map(option -> option.substring(2)).forEach(lines::add);
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toString();
  }

  private boolean connects() {
    try {
      Socket opened = new Socket(InetAddress.getLoopbackAddress(), port);
      opened.setSoTimeout((int) TimeUnit.SECONDS.toMillis(20));
      socket = opened;
      in =
          new BufferedReader(
              new InputStreamReader(opened.getInputStream(), StandardCharsets.UTF_8));
      return true;
    } catch (IOException e) {
      try {
        TimeUnit.MILLISECONDS.sleep(NOT_YET_MILLIS); // it has not bound its port yet
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      }
      return false;
    }
  }

  public int port() {
    return port;
  }

  /// As rows of relays have it.
  public String url() {
    return "redis://" + (password.isEmpty() ? "" : ':' + password + '@') + "127.0.0.1:" + port;
  }

  /// Kills it as a crash would.
  public void kill() {
    Process running = process;
    process = null;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
    }
    closeSocket();
  }

  /// Stops it where it is: its connections stay, and nothing answers.
  public void freeze() {
    signal("-STOP");
  }

  public void thaw() {
    signal("-CONT");
  }

  private void signal(String name) {
    Process running = process;
    if (running == null) {
      throw new AssertionError("redis: not running");
    }
    try {
      new ProcessBuilder("kill", name, "" + running.pid()).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void closeSocket() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Commands.

  /// Publishes as any producer does.
  ///
  /// @return how many connections have got it
  public long publish(String channel, String message) {
    return Long.parseLong(call("PUBLISH", channel, message).getFirst());
  }

  /// Publishes once the channel has this many subscribers.
  public void publishTo(int subscribers, String channel, String message) {
    awaitSubscribers(channel, subscribers);
    publish(channel, message);
  }

  public void awaitSubscribers(String channel, int count) {
    Await.until(channel + " has " + count, () -> subscribers(channel) == count);
  }

  public int subscribers(String channel) {
    return Integer.parseInt(call("PUBSUB", "NUMSUB", channel).get(1));
  }

  /// All channels that somebody has subscribed.
  public List<String> channels() {
    return call("PUBSUB", "CHANNELS").stream().sorted().toList();
  }

  /// Does one command whose answer is a text of several lines.
  public String text(String... words) {
    return String.join("\n", call(words));
  }

  /// Does one command.
  ///
  /// @return its answer: one text, its lines, or the elements of a flat array
  ///
  ///   A failover ends connections, so it is made anew where the server has ended it.
  public synchronized List<String> call(String... words) {
    try {
      return callOnce(words);
    } catch (UncheckedIOException e) {
      closeSocket();
      Await.until("redis listens again", this::connects);
      return callOnce(words);
    }
  }

  private List<String> callOnce(String... words) {
    if (socket == null || in == null) {
      throw new AssertionError("redis: not running");
    }
    StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      int length = word.getBytes(StandardCharsets.UTF_8).length;
      command.append('$').append(length).append("\r\n").append(word).append("\r\n");
    }
    try {
      OutputStream out = socket.getOutputStream();
      out.write(command.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
      return reply(in, String.join(" ", words).toUpperCase(Locale.ROOT));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> reply(BufferedReader in, String command) throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new EOFException("redis: connection ended");
    }
    if (line.startsWith("-")) {
      throw new AssertionError("redis: " + command.split(" ", 2)[0] + ": " + line);
    }
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '$' -> {
        return rest.equals("-1") ? List.of("") : lines(in, Integer.parseInt(rest));
      }
      case '*' -> {
        List<String> all = new ArrayList<>();
        for (int i = Integer.parseInt(rest); i > 0; i--) {
          all.addAll(reply(in, command));
        }
        return all;
      }
      default -> {
        return List.of(rest);
      }
    }
  }

  /// Texts here are ASCII wherever they have more than one line.
  private static List<String> lines(BufferedReader in, int length) throws IOException {
    List<String> lines = new ArrayList<>();
    String line = in.readLine();
    int left = length - line.length();
    lines.add(line);
    while (left > 0 && line.chars().allMatch(c -> c < 128)) {
      line = in.readLine();
      left -= line.length() + 2;
      if (left >= 0) {
        lines.add(line);
      }
    }
    return lines;
  }
}
