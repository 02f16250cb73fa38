package io.pushrod.bench.peer;

import static java.util.Objects.requireNonNull;

import io.pushrod.bench.Transport;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import io.pushrod.bench.run.Door;
import io.pushrod.bench.run.EventShape;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.OpenLoop;
import io.pushrod.bench.run.Target;
import io.pushrod.bench.run.Topics;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Another server that was started here.
public final class Peer implements Target {
  private final String name;
  private final String version;
  private final Child child;
  private final List<Long> pids;
  private final Map<Transport, Door> doors;
  private final Feed feed;
  private final Folder folder;
  private final Topics topics;
  private final EventShape shape;
  private final long[] sequences;

  /// How a peer that runs is entered and fed.
  ///
  /// @param version of the program, as it tells it
  /// @param doors by transport that it speaks
  record Entry(String version, Map<Transport, Door> doors, Feed feed) {}

  /// Waits until a peer listens.
  interface Opener {
    Entry open(Child child) throws IOException, InterruptedException;
  }

  private Peer(String name, Child child, Entry entry, Folder folder, Setup setup) {
    this.name = name;
    this.version = entry.version;
    this.child = child;
    this.pids = List.of(child.pid());
    this.doors = entry.doors;
    this.feed = entry.feed;
    this.folder = folder;
    this.topics = setup.topics();
    this.shape = setup.shape();
    this.sequences = new long[topics.count()];
  }

  /// Starts `command` on the core of what is measured.
  ///
  /// @param folder deleted when the peer is closed or cannot be started
  static Peer start(String name, Setup setup, Folder folder, List<String> command, Opener opener)
      throws IOException, InterruptedException {
    Child child = Child.start(name, setup.logs(), Cores.measured(setup.maxSeconds(), command));
    try {
      return new Peer(name, child, opener.open(child), folder, setup);
    } catch (IOException | InterruptedException | RuntimeException e) {
      child.close();
      folder.close();
      throw e;
    }
  }

  @Override
  public final boolean isPeer() {
    return true;
  }

  @Override
  public String name() {
    return name;
  }

  /// Of the program.
  public String version() {
    return version;
  }

  @Override
  public List<Long> pids() {
    return pids;
  }

  @Override
  public Door door(Transport transport) {
    if (!doors.containsKey(transport)) {
      throw new BenchException(
          "%s: speaks no %s (expected: %s)"
              .formatted(
                  name,
                  transport.label(),
                  doors.keySet().stream().map(Transport::label).sorted().toList()));
    }
    return requireNonNull(doors.get(transport));
  }

  @Override
  public long drive(Load load) throws IOException, InterruptedException {
    long late = OpenLoop.run(load, this::send);
    feed.settle();
    return late;
  }

  private void send(int topic, long intendedNanos) {
    try {
      feed.send(topics.name(topic), shape.event(++sequences[topic], intendedNanos));
    } catch (IOException e) {
      throw new BenchException(name + ": publish: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    try {
      feed.close();
    } finally {
      child.close();
      folder.close();
    }
  }
}
