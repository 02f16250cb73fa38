package io.pushrod.bench.run;

import io.pushrod.bench.Fields;
import io.pushrod.bench.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The floor: the same message by one `send()` per reader and event.
///
/// Where a server has several topics, the readers' turns are spread over time as the events of the
/// topics are, in the slices of a [Load].
public final class Floor implements Target {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final FloorProgram program;
  private final Child child;
  private final Topics topics;
  private final int readers;
  private final int port;

  private Floor(FloorProgram program, Child child, Topics topics, int readers, int port) {
    this.program = program;
    this.child = child;
    this.topics = topics;
    this.readers = readers;
    this.port = port;
  }

  /// @param shape of the events that it sends
  /// @param topics of the servers that it is held against, which readers of theirs read
  /// @param eventsPerTopic the most that will be driven
  public static Floor start(
      FloorProgram program,
      Path logs,
      EventShape shape,
      Topics topics,
      int readers,
      long eventsPerTopic,
      int maxSeconds)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(program.command());
    for (Transport transport : Transport.values()) {
      Path file = logs.resolve("floor-message-" + transport.label());
      Files.write(file, shape.floorMessage(transport, topics, eventsPerTopic));
      command.add(file.toString());
    }
    command.addAll(List.of("" + readers, "" + maxSeconds));
    Child child = Child.start("floor", logs, Cores.measured(maxSeconds, command));
    int port = (int) Fields.parse(child.next(SOON)).number("port");
    return new Floor(program, child, topics, readers, port);
  }

  public FloorProgram program() {
    return program;
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
  public boolean warmsUp() {
    return !program.isCompiled();
  }

  /// Readers of one topic must all see the same; else each has sequences and times of its own.
  @Override
  public Door door(Transport transport) {
    String mark = transport == Transport.WS ? "\"op\":\"ack\"" : "\"op\":\"welcome\"";
    Topics own = topics.count() == 1 ? Topics.one("floor") : new Topics("floor", readers, 1);
    return Door.of(transport, port, "/", List.of(), mark, own);
  }

  /// Waits until it has greeted all its readers.
  @Override
  public void ready() throws InterruptedException {
    child.next(SOON);
  }

  /// A round is one message to every reader, so that each gets as many as from a server.
  @Override
  public long drive(Load load) throws IOException, InterruptedException {
    int perSecond = load.perSecond() * topics.perReader();
    long rounds = load.rounds() * topics.perReader();
    Duration patience = SOON.plusSeconds((long) load.seconds());
    Fields ran =
        child.command(
            "run %d %d %d %d".formatted(rounds, perSecond, slices(perSecond), load.burst()),
            patience);
    if (ran.number("pushbacks") > 0) {
      throw new BenchException("floor: " + ran.text("pushbacks") + " sends were not taken whole");
    }
    return ran.number("late");
  }

  /// As many as events of servers make up a round, at most one a millisecond.
  private int slices(int roundsPerSecond) {
    int events = Math.max(1, readers / topics.readersPerTopic(readers));
    return Load.slices(roundsPerSecond, events);
  }

  @Override
  public void close() throws IOException {
    child.close();
  }
}
