package io.pushrod.bench.storage;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.OpenLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/// The publishers of one journal: each has a connection, and publishes to all topics in turn.
///
/// **Thread:** one; while it waits, each publisher has one of its own.
final class Publishers implements AutoCloseable {
  private record Line(Pipe pipe, Flight flight) {}

  private final int topics;
  private final List<Line> lines = new ArrayList<>();

  private Publishers(int topics) {
    this.topics = topics;
  }

  static Publishers open(String name, Journal journal, int count, int topics)
      throws IOException, InterruptedException {
    Publishers all = new Publishers(topics);
    try {
      for (int i = 0; i < count; i++) {
        Flight flight = new Flight(name);
        all.lines.add(new Line(journal.open(i, flight), flight));
      }
      return all;
    } catch (IOException | InterruptedException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  /// Publishes as fast as acknowledgements allow, a closed loop.
  ///
  /// @param window events of each publisher on their way at most
  /// @return how many were acknowledged, all that were sent
  long flood(int window, Duration length) throws InterruptedException {
    long before = acked();
    long end = System.nanoTime() + length.toNanos();
    List<Callable<Void>> work = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      // They do not march through the topics in step.
      int first = (int) ((long) i * topics / lines.size());
      work.add(
          () -> {
            flood(line, first, window, end);
            return null;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(lines.size())) {
      for (Future<Void> each : threads.invokeAll(work)) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof BenchException known
          ? known
          : new BenchException("publish: " + e.getCause());
    }
    lines.forEach(line -> line.flight.takeNanos());
    return acked() - before;
  }

  /// When the window is full, a quarter of it comes back before more is sent, so that it is sent
  /// together.
  private void flood(Line line, int firstTopic, int window, long end)
      throws IOException, InterruptedException {
    int topic = firstTopic;
    long low = (long) window - Math.max(1, window / 4);
    for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
      if (line.flight.launched() - line.flight.acked() >= window) {
        line.pipe.flush();
        line.flight.await(low);
      }
      line.pipe.send(topic, line.flight.launch(now));
      topic = topic + 1 == topics ? 0 : topic + 1;
    }
    line.pipe.flush();
    line.flight.await(0);
  }

  /// Publishes at a fixed pace whatever the journal does, an open loop.
  ///
  /// @return from when each was meant to be sent until it was acknowledged
  Histogram pace(Load load) throws IOException, InterruptedException {
    long[] number = {0};
    OpenLoop.run(
        load,
        (topic, intendedNanos) -> {
          Line line = lines.get((int) (number[0]++ % lines.size()));
          line.pipe.send(topic, line.flight.launch(intendedNanos));
          line.pipe.flush();
        });
    Histogram all = new Histogram(3);
    for (Line line : lines) {
      line.flight.await(0);
      all.add(line.flight.takeNanos());
    }
    return all;
  }

  /// All that were acknowledged so far.
  long acked() {
    return lines.stream().mapToLong(line -> line.flight.acked()).sum();
  }

  @Override
  public void close() throws IOException {
    for (Line line : lines) {
      line.pipe.close();
    }
  }
}
