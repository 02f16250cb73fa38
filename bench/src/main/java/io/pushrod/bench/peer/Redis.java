package io.pushrod.bench.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A Redis server without persistence, and a pipelining publisher to one of its streams.
///
/// The command is `XADD key MAXLEN ~ N * data PAYLOAD`: the stream keeps as many events as a topic
/// of Pushrod does. It is encoded once; Pushrod's publisher encodes every event.
///
/// **Thread:** one; a thread of its own reads the replies.
public final class Redis implements AutoCloseable {
  private static final String NAME = "redis";
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Child child;
  private final Folder folder;
  private final String version;
  private final Socket socket;
  private final int window;
  private final int batchBytes;
  private final Semaphore free;
  private volatile @Nullable String failure;
  private volatile boolean closing;

  private Redis(
      Child child, Folder folder, String version, Socket socket, int window, int batchBytes) {
    this.child = child;
    this.folder = folder;
    this.version = version;
    this.socket = socket;
    this.window = window;
    this.batchBytes = batchBytes;
    this.free = new Semaphore(window);
    Thread.ofPlatform().daemon().name("redis-replies").start(this::readReplies);
  }

  /// What keeps it from running here, with how to get it; empty when it can run.
  public static Optional<String> missing() {
    return Program.find("redis-server").isPresent()
        ? Optional.empty()
        : Optional.of("redis: redis-server not found (expected: Debian package redis-server)");
  }

  /// @param window events in flight at most
  /// @param batchBytes of commands that are written at once
  public static Redis start(Path logs, int window, int batchBytes, int maxSeconds)
      throws IOException, InterruptedException {
    String program = Program.require("redis-server").toString();
    String version = Program.run(logs, (int) SOON.toSeconds(), List.of(program, "--version"));
    Folder folder = Folder.in(logs, NAME);
    int port = Program.freePort();
    // No snapshots, no append-only file: Pushrod's log is in memory too.
    String config =
        folder.write(
            "redis.conf",
            """
            bind 127.0.0.1
            port %d
            dir %s
            save ""
            appendonly no
            daemonize no
            loglevel warning
            """
                .formatted(port, folder.path()));
    Child child = Child.start(NAME, logs, Cores.measured(maxSeconds, List.of(program, config)));
    try {
      return new Redis(child, folder, version, connect(child, port), window, batchBytes);
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
        socket.setTcpNoDelay(true);
        return socket;
      } catch (ConnectException e) {
        TimeUnit.MILLISECONDS.sleep(20); // not listening yet
      }
    }
    throw new BenchException("redis: does not listen, see its log under bench/target/logs");
  }

  public String version() {
    return version;
  }

  public long pid() {
    return child.pid();
  }

  /// Adds `payload` as fast as the window allows for about `length`, and waits for the last reply.
  ///
  /// @param kept events that the stream keeps, about
  /// @return how many were added
  /// @throws BenchException when one was refused
  public long send(byte[] payload, int kept, Duration length)
      throws IOException, InterruptedException {
    byte[] command = command(payload, kept);
    int perBatch = Math.clamp(batchBytes / command.length, 1, window);
    byte[] batch = new byte[perBatch * command.length];
    for (int i = 0; i < perBatch; i++) {
      System.arraycopy(command, 0, batch, i * command.length, command.length);
    }
    OutputStream out = socket.getOutputStream();
    long end = System.nanoTime() + length.toNanos();
    long sent = 0;
    do {
      take(perBatch);
      out.write(batch);
      sent += perBatch;
    } while (System.nanoTime() < end);
    take(window);
    free.release(window);
    return sent;
  }

  private void take(int events) throws InterruptedException {
    boolean taken = free.tryAcquire(events, SOON.toSeconds(), TimeUnit.SECONDS);
    String failed = failure;
    if (!taken || failed != null) {
      throw new BenchException("redis: XADD: " + (failed == null ? "no reply" : failed));
    }
  }

  private static byte[] command(byte[] payload, int kept) {
    StringBuilder command = new StringBuilder("*8\r\n");
    for (String word : List.of("XADD", "bench", "MAXLEN", "~", "" + kept, "*", "data")) {
      command.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    command.append('$').append(payload.length).append("\r\n");
    byte[] head = command.toString().getBytes(US_ASCII);
    byte[] all = new byte[head.length + payload.length + 2];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(payload, 0, all, head.length, payload.length);
    all[all.length - 2] = '\r';
    all[all.length - 1] = '\n';
    return all;
  }

  private void readReplies() {
    byte[] bytes = new byte[1 << 16];
    RedisReplies replies = new RedisReplies();
    try (InputStream in = socket.getInputStream()) {
      while (failure == null) {
        int length = in.read(bytes);
        if (length < 0) {
          throw new EOFException("connection: closed");
        }
        free.release(replies.accept(bytes, length));
      }
    } catch (IOException e) {
      if (!closing) {
        failure = String.valueOf(e.getMessage());
        free.release(window);
      }
    }
  }

  @Override
  public void close() throws IOException {
    closing = true;
    try {
      socket.close();
    } finally {
      child.close();
      folder.close();
    }
  }
}
