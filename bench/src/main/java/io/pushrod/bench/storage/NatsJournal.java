package io.pushrod.bench.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.bench.peer.Folder;
import io.pushrod.bench.peer.Program;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// A NATS server with one JetStream stream in files, which takes all topics as subjects.
///
/// Its publishers send `PUB` with a reply subject of their own and get one acknowledgement each, as
/// its asynchronous clients do; no message ids, so it looks for no duplicates. The stream is
/// bounded as a whole, which is cheaper than by subject.
final class NatsJournal implements Journal {
  private static final String NAME = "nats-server";
  private static final String STREAM = "BENCH";
  private static final int SECONDS = 20;

  /// `CONNECT` of a client without headers, which hears of nothing but what it asked for.
  private static final String CONNECT =
      "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":false,\"lang\":\"java\",\"version\":\"1\"}\r\n";

  private final Place place;
  private final String version;
  private final Folder folder;
  private final Child child;
  private final int port;
  private final AtomicLong last = new AtomicLong();

  private NatsJournal(Place place, String version, Folder folder, Child child, int port) {
    this.place = place;
    this.version = version;
    this.folder = folder;
    this.child = child;
    this.port = port;
  }

  /// What keeps it from running here, with how to get it; empty when it can run.
  ///
  /// @param sync `sync_interval` of its configuration; empty for what it does without
  static Optional<String> missing(Path logs, String sync) throws IOException, InterruptedException {
    Optional<Path> program = Program.find(NAME);
    if (program.isEmpty()) {
      return Optional.of("nats: nats-server not found (expected: Debian package nats-server)");
    }
    try (Folder folder = Folder.in(logs, NAME)) {
      String config = folder.write("nats.conf", config(folder.path(), 4222, sync));
      Program.run(
          folder.path(), SECONDS, List.of(program.orElseThrow().toString(), "-t", "-c", config));
      return Optional.empty();
    } catch (BenchException e) {
      return Optional.of(
          "nats: sync_interval: %s is unknown to this version (expected: 2.10 or newer)"
              .formatted(sync));
    }
  }

  private static String config(Path data, int port, String sync) {
    return """
    host: 127.0.0.1
    port: %d
    jetstream {
      store_dir: "%s"
      %s
    }
    """
        .formatted(port, data, sync.isEmpty() ? "" : "sync_interval: " + sync);
  }

  static NatsJournal start(Place place, String sync) throws IOException, InterruptedException {
    String program = Program.require(NAME).toString();
    Folder folder = Folder.in(place.folder(), NAME);
    int port = Program.freePort();
    String config = folder.write("nats.conf", config(folder.path(), port, sync));
    String version = Program.run(folder.path(), SECONDS, List.of(program, "--version"));
    Child child =
        Child.start(
            NAME,
            place.folder(),
            Cores.measured(place.maxSeconds(), List.of(program, "-c", config)));
    NatsJournal journal = new NatsJournal(place, version, folder, child, port);
    try {
      journal.makeStream();
      return journal;
    } catch (IOException | InterruptedException | RuntimeException e) {
      journal.close();
      throw e;
    }
  }

  private void makeStream() throws IOException, InterruptedException {
    String request =
        "{\"name\":\"%s\",\"subjects\":[\"bench.>\"],\"storage\":\"file\",\"retention\":\"limits\",\"discard\":\"old\",\"max_msgs\":%d,\"num_replicas\":1}"
            .formatted(STREAM, (long) place.retained() * place.topics().count());
    try (Wire wire = Wire.connect(NAME, child, port)) {
      String commands =
          CONNECT
              + "SUB _INBOX.made 1\r\n"
              + "PUB $JS.API.STREAM.CREATE.%s _INBOX.made %d\r\n%s\r\n"
                  .formatted(STREAM, request.length(), request);
      wire.out().write(commands.getBytes(US_ASCII));
      wire.out().flush();
      BufferedReader in = new BufferedReader(new InputStreamReader(wire.in(), US_ASCII));
      String line = in.readLine();
      while (line != null && !line.startsWith("MSG ")) {
        if (line.startsWith("-ERR")) {
          throw new BenchException("nats: " + line);
        }
        line = in.readLine();
      }
      String answer = in.readLine();
      if (answer == null || !answer.contains("\"created\"")) {
        throw new BenchException("nats: stream: " + answer + " (expected: created)");
      }
    }
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
    String inbox = "_INBOX.p" + number + '.';
    OutputStream out = wire.out();
    out.write((CONNECT + "SUB " + inbox + "* 1\r\n").getBytes(US_ASCII));
    out.flush();
    NatsReplies replies =
        new NatsReplies(
            new NatsReplies.Listener() {
              @Override
              public void onStored(long ticket, long sequence) {
                last.accumulateAndGet(sequence, Math::max);
                acks.onAck(ticket);
              }

              @Override
              public void onPing() throws IOException {
                synchronized (wire) {
                  out.write("PONG\r\n".getBytes(US_ASCII));
                  out.flush();
                }
              }
            });
    wire.read("nats-acks", replies::accept, acks);
    return new NatsPipe(wire, inbox);
  }

  /// Writes under the wire's lock, because pings are answered from another thread.
  private final class NatsPipe implements Pipe {
    private final Wire wire;
    private final byte[][] heads;
    private final byte[] tail;

    NatsPipe(Wire wire, String inbox) {
      this.wire = wire;
      heads = new byte[place.topics().count()][];
      for (int i = 0; i < heads.length; i++) {
        heads[i] = ("PUB " + subject(place.topics().name(i)) + ' ' + inbox).getBytes(US_ASCII);
      }
      byte[] payload = place.payload();
      String before = " " + payload.length + "\r\n";
      tail = (before + new String(payload, US_ASCII) + "\r\n").getBytes(US_ASCII);
    }

    @Override
    public void send(int topic, long ticket) throws IOException {
      synchronized (wire) {
        wire.out().write(heads[topic]);
        wire.out().write(Long.toString(ticket).getBytes(US_ASCII));
        wire.out().write(tail);
      }
    }

    @Override
    public void flush() throws IOException {
      synchronized (wire) {
        wire.out().flush();
      }
    }

    @Override
    public void close() throws IOException {
      wire.close();
    }
  }

  private static String subject(String topic) {
    return topic.replace('/', '.');
  }

  /// The stream's last sequence, as the acknowledgements told.
  @Override
  public long stored() {
    return last.get();
  }

  @Override
  public void close() throws IOException {
    child.close();
    folder.close();
  }
}
