package io.pushrod.server.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
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
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A Redis on a free port, without persistence, and one connection to it that speaks its protocol.
///
/// Where there is no `redis-server` the test is skipped; on CI, which installs it, it fails.
public final class RedisServer implements AutoCloseable {
  private static final int NOT_YET_MILLIS = 20;

  private final int port = freePort();
  private final String password;
  private @Nullable Process process;
  private @Nullable Socket socket;
  private @Nullable BufferedReader in;

  /// @param password empty for none
  public static RedisServer start(String password) {
    boolean isThere =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    assumeTrue(isThere || System.getenv("CI") != null, "redis-server");
    RedisServer redis = new RedisServer(password);
    redis.begin();
    return redis;
  }

  private RedisServer(String password) {
    this.password = password;
  }

  private static int freePort() {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts it again after [#kill], empty, on the port that it had.
  public void begin() {
    List<String> command =
        new ArrayList<>(
            List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
    if (!password.isEmpty()) {
      command.addAll(List.of("--requirepass", password));
    }
    try {
      process =
          new ProcessBuilder(command)
              .directory(Path.of(System.getProperty("java.io.tmpdir")).toFile())
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

  /// Does one command.
  ///
  /// @return its answer: one text, or the elements of a flat array
  public synchronized List<String> call(String... words) {
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

  /// Texts here hold no line ends.
  private static List<String> reply(BufferedReader in, String command) throws IOException {
    String line = in.readLine();
    if (line == null || line.startsWith("-")) {
      throw new AssertionError("redis: " + command.split(" ", 2)[0] + ": " + line);
    }
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '$' -> {
        return rest.equals("-1") ? List.of("") : List.of(in.readLine());
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
}
