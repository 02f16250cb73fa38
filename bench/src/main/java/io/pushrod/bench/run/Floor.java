package io.pushrod.bench.run;

import io.pushrod.bench.Fields;
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

  public int port() {
    return port;
  }

  /// Waits until it has greeted all its readers.
  public void ready() throws InterruptedException {
    child.next(SOON);
  }

  @Override
  public String name() {
    return "floor";
  }

  @Override
  public long pid() {
    return child.pid();
  }

  @Override
  public long drive(long rounds, int perSecond) throws IOException, InterruptedException {
    if (perSecond != this.perSecond) {
      throw new IllegalArgumentException(
          "rate: " + perSecond + " (expected: " + this.perSecond + ")");
    }
    Duration patience = SOON.plusSeconds(rounds / perSecond);
    Fields ran = child.command("run " + rounds, patience);
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
