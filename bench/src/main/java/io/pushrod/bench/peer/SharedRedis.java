package io.pushrod.bench.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A Redis that nodes of Pushrod share, with what it says of itself.
///
/// **Thread:** one.
public final class SharedRedis implements AutoCloseable {
  private static final String NAME = "shared-redis";
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Child child;
  private final Folder folder;
  private final Socket socket;
  private final int port;

  private SharedRedis(Child child, Folder folder, Socket socket, int port) {
    this.child = child;
    this.folder = folder;
    this.socket = socket;
    this.port = port;
  }

  /// What keeps it from running here; empty when it can run.
  public static Optional<String> missing() {
    return Redis.missing();
  }

  /// @param appendFsync as redis.conf has it: always, everysec or no
  public static SharedRedis start(Path logs, String appendFsync, int maxSeconds)
      throws IOException, InterruptedException {
    String program = Program.require("redis-server").toString();
    Folder folder = Folder.in(logs, NAME);
    int port = Program.freePort();
    String config =
        folder.write(
            "redis.conf",
            """
            bind 127.0.0.1
            port %d
            dir %s
            save ""
            appendonly yes
            appendfsync %s
            maxmemory-policy noeviction
            daemonize no
            loglevel warning
            """
                .formatted(port, folder.path(), appendFsync));
    Child child = Child.start(NAME, logs, Cores.measured(maxSeconds, List.of(program, config)));
    try {
      return new SharedRedis(child, folder, connect(child, port), port);
    } catch (IOException | InterruptedException | RuntimeException e) {
      child.close();
      folder.close();
      throw e;
    }
  }

  private static Socket connect(Child child, int port) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (child.isAlive() && System.nanoTime() < deadline) {
      try {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
      } catch (ConnectException e) {
        TimeUnit.MILLISECONDS.sleep(20); // not listening yet
      }
    }
    throw new BenchException("redis: does not listen, see its log under bench/target/logs");
  }

  /// As `storage.redis.url` wants it.
  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  public long pid() {
    return child.pid();
  }

  /// What it has allocated.
  public long usedBytes() throws IOException {
    return Long.parseLong(info("memory", "used_memory"));
  }

  public String version() throws IOException {
    return info("server", "redis_version");
  }

  /// One line of INFO, whose answer is a bulk string: `$` with its length, and as many bytes.
  private String info(String section, String key) throws IOException {
    socket.getOutputStream().write(("INFO " + section + "\r\n").getBytes(US_ASCII));
    int bytes = Integer.parseInt(line().substring(1));
    String text = new String(socket.getInputStream().readNBytes(bytes + 2), US_ASCII);
    return text.lines()
        .filter(line -> line.startsWith(key + ':'))
        .map(line -> line.substring(key.length() + 1).strip())
        .findFirst()
        .orElseThrow(() -> new BenchException("redis: INFO: no " + key));
  }

  /// Connections that subscribe all channels that somebody has subscribed now, and read what comes.
  /// The caller closes each.
  public List<Socket> listeners(int count) throws IOException {
    String subscribe = "SUBSCRIBE " + String.join(" ", channels()) + "\r\n";
    List<Socket> listeners = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Socket listener = new Socket(InetAddress.getLoopbackAddress(), port);
      listener.getOutputStream().write(subscribe.getBytes(US_ASCII));
      Thread.ofPlatform().daemon().name("redis-listener-" + i).start(() -> drain(listener));
      listeners.add(listener);
    }
    return listeners;
  }

  private static void drain(Socket listener) {
    byte[] bytes = new byte[1 << 16];
    try (InputStream in = listener.getInputStream()) {
      while (in.read(bytes) >= 0) {
        // Nobody wants it.
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  /// The answer is an array (`*` with its length) of bulk strings.
  private List<String> channels() throws IOException {
    socket.getOutputStream().write("PUBSUB CHANNELS\r\n".getBytes(US_ASCII));
    int count = Integer.parseInt(line().substring(1));
    List<String> channels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      line();
      channels.add(line());
    }
    return channels;
  }

  private String line() throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new BenchException("redis: connection closed");
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    try {
      socket.close();
    } finally {
      child.close();
      folder.close();
    }
  }
}
