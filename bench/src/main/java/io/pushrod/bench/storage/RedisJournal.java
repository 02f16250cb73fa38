package io.pushrod.bench.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.bench.peer.Folder;
import io.pushrod.bench.peer.Program;
import io.pushrod.bench.peer.RedisReplies;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A Redis server with an append-only file, and topics as streams.
///
/// Publishers send `XADD key MAXLEN ~ N * data PAYLOAD`, encoded once for each topic. Snapshots are
/// off; everything else is as it comes, the rewriting of a file that has doubled too.
final class RedisJournal implements Journal {
  private static final String NAME = "redis";
  private static final int SECONDS = 20;
  private static final Pattern ADDED = Pattern.compile("entries-added\r\n:([0-9]+)\r\n");

  private final Place place;
  private final String version;
  private final Folder folder;
  private final Child child;
  private final int port;

  private RedisJournal(Place place, String version, Folder folder, Child child, int port) {
    this.place = place;
    this.version = version;
    this.folder = folder;
    this.child = child;
    this.port = port;
  }

  /// @param fsync `always` or `everysec`
  static RedisJournal start(Place place, String fsync) throws IOException, InterruptedException {
    String program = Program.require("redis-server").toString();
    String version = Program.run(place.folder(), SECONDS, List.of(program, "--version"));
    Folder folder = Folder.in(place.folder(), NAME);
    int port = Program.freePort();
    String config = folder.write("redis.conf", config(folder.path(), port, fsync));
    Child child =
        Child.start(
            NAME, place.folder(), Cores.measured(place.maxSeconds(), List.of(program, config)));
    RedisJournal journal = new RedisJournal(place, version, folder, child, port);
    try {
      Wire.connect(NAME, child, port).close();
      return journal;
    } catch (IOException | InterruptedException | RuntimeException e) {
      journal.close();
      throw e;
    }
  }

  /// What keeps it from running here, with how to get it; empty when it can run.
  static Optional<String> missing() {
    return Program.find("redis-server").isPresent()
        ? Optional.empty()
        : Optional.of("redis: redis-server not found (expected: Debian package redis-server)");
  }

  private static String config(Path data, int port, String fsync) {
    return """
    bind 127.0.0.1
    port %d
    dir %s
    save ""
    appendonly yes
    appendfsync %s
    daemonize no
    loglevel warning
    """
        .formatted(port, data, fsync);
  }

  /// For clients that bring their own connections.
  int port() {
    return port;
  }

  @Override
  public List<Long> pids() {
    return List.of(child.pid());
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Pipe open(int number, Acks acks) throws IOException, InterruptedException {
    Wire wire = Wire.connect(NAME, child, port);
    RedisReplies replies = new RedisReplies();
    long[] answered = {0};
    wire.read(
        "redis-replies",
        (bytes, length) -> {
          for (int more = replies.accept(bytes, length); more > 0; more--) {
            acks.onAck(answered[0]++);
          }
        },
        acks);
    byte[][] commands = new byte[place.topics().count()][];
    for (int i = 0; i < commands.length; i++) {
      commands[i] = command(add(place.topics().name(i)));
    }
    return new Pipe() {
      @Override
      public void send(int topic, long ticket) throws IOException {
        wire.out().write(commands[topic]);
      }

      @Override
      public void flush() throws IOException {
        wire.out().flush();
      }

      @Override
      public void close() throws IOException {
        wire.close();
      }
    };
  }

  private List<String> add(String topic) {
    String payload = new String(place.payload(), US_ASCII);
    return List.of("XADD", topic, "MAXLEN", "~", "" + place.retained(), "*", "data", payload);
  }

  /// An array of bulk strings (RESP2).
  static byte[] command(List<String> words) {
    StringBuilder command = new StringBuilder("*" + words.size() + "\r\n");
    for (String word : words) {
      command.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return command.toString().getBytes(US_ASCII);
  }

  /// What was ever added to the streams.
  @Override
  public long stored() throws IOException {
    try (Wire wire = Wire.connect(NAME, child, port)) {
      for (int i = 0; i < place.topics().count(); i++) {
        wire.out().write(command(List.of("XINFO", "STREAM", place.topics().name(i))));
      }
      wire.out().write(command(List.of("QUIT")));
      wire.out().flush();
      InputStream in = wire.in();
      Matcher added = ADDED.matcher(new String(in.readAllBytes(), US_ASCII));
      long all = 0;
      while (added.find()) {
        all += Long.parseLong(added.group(1));
      }
      return all;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("redis: interrupted");
    }
  }

  @Override
  public void close() throws IOException {
    child.close();
    folder.close();
  }
}
