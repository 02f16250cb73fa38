package io.pushrod.bench.run;

import io.pushrod.bench.Fields;
import io.pushrod.bench.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The C program of `floor.c`: the same message by one `send()` per reader and round.
public final class Floor implements Target {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Child child;
  private final int perSecond;
  private final int port;

  private Floor(Child child, int perSecond, int port) {
    this.child = child;
    this.perSecond = perSecond;
    this.port = port;
  }

  /// @param program the compiled floor
  /// @param message as of [EventShape#floorMessage]
  public static Floor start(
      Path program, Path logs, byte[] message, int readers, int perSecond, int maxSeconds)
      throws IOException, InterruptedException {
    Path file = logs.resolve("floor-message");
    Files.write(file, message);
    List<String> command =
        List.of(program.toString(), file.toString(), "" + readers, "" + perSecond, "" + maxSeconds);
    Child child = Child.start("floor", logs, Cores.measured(maxSeconds, command));
    int port = (int) Fields.parse(child.next(SOON)).number("port");
    return new Floor(child, perSecond, port);
  }

  @Override
  public String name() {
    return "floor";
  }

  @Override
  public List<Long> pids() {
    return List.of(child.pid());
  }

  @Override
  public Door door(Transport transport) {
    String mark = transport == Transport.WS ? "\"op\":\"ack\"" : "\"op\":\"welcome\"";
    return Door.of(transport, port, "/", List.of(), mark, Topics.one("floor"));
  }

  /// Waits until it has greeted all its readers.
  @Override
  public void ready() throws InterruptedException {
    child.next(SOON);
  }

  @Override
  public long drive(Load load) throws IOException, InterruptedException {
    if (load.perSecond() != perSecond) {
      throw new IllegalArgumentException(
          "rate: " + load.perSecond() + " (expected: " + perSecond + ")");
    }
    Duration patience = SOON.plusSeconds((long) load.seconds());
    Fields ran = child.command("run " + load.rounds(), patience);
    if (ran.number("pushbacks") > 0) {
      throw new BenchException("floor: " + ran.text("pushbacks") + " sends were not taken whole");
    }
    return ran.number("late");
  }

  @Override
  public void close() throws IOException {
    child.close();
  }
}
