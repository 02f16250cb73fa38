package io.pushrod.bench.run;

import io.pushrod.bench.Fields;
import io.pushrod.bench.readers.ReadersMain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/// The readers' process, seen from the harness; processes where one may not open as many sockets.
public final class Readers implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int OPEN_SECONDS = 60;

  /// Opened in a second at the least, on a machine that does other things too.
  private static final int OPENS_PER_SECOND = 100;

  /// Descriptors of a process besides its readers' sockets.
  private static final int OTHER_FILES = 500;

  private final Path logs;
  private final int maxSeconds;
  private final int capacity;
  private final List<Crew> crews = new ArrayList<>();

  /// One process, and the readers that it has by group.
  private record Crew(Child child, Map<String, Integer> readers) {
    int count() {
      return readers.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  private Readers(Path logs, int maxSeconds, int capacity) throws IOException {
    this.logs = logs;
    this.maxSeconds = maxSeconds;
    this.capacity = capacity;
    hire();
  }

  public static Readers start(Path logs, int maxSeconds) throws IOException {
    return start(logs, maxSeconds, openFiles() - OTHER_FILES);
  }

  /// @param capacity how many readers one process may have
  static Readers start(Path logs, int maxSeconds, int capacity) throws IOException {
    return new Readers(logs, maxSeconds, capacity);
  }

  /// What a JVM raises its own limit to (getrlimit(2), RLIMIT_NOFILE, the hard one).
  private static int openFiles() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        String hard = line.split(" {2,}", -1)[2];
        return hard.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(hard);
      }
    }
    throw new BenchException("/proc/self/limits: no Max open files (expected: of Linux)");
  }

  private Crew hire() throws IOException {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+UseSerialGC",
            "-Xms256m",
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            ReadersMain.class.getName());
    String name = crews.isEmpty() ? "readers" : "readers-" + (crews.size() + 1);
    Crew crew = new Crew(Child.start(name, logs, Cores.load(maxSeconds, java)), new HashMap<>());
    crews.add(crew);
    return crew;
  }

  /// The process that has a group, or has room for it; a group is never split.
  private Crew crew(String group, int more) throws IOException {
    for (Crew crew : crews) {
      if (crew.readers.containsKey(group)) {
        return room(crew, more);
      }
    }
    for (Crew crew : crews) {
      if (crew.count() + more <= capacity) {
        return crew;
      }
    }
    return room(hire(), more);
  }

  private Crew room(Crew crew, int more) {
    if (crew.count() + more > capacity) {
      throw new BenchException(
          "readers: %,d in one process (expected: up to %,d, by the limit of open files)"
              .formatted(crew.count() + more, capacity));
    }
    return crew;
  }

  private Child child(String group) throws IOException {
    return crew(group, 0).child;
  }

  /// Most often one; more when there are more readers than one process may open sockets.
  public List<Long> pids() {
    return crews.stream().map(crew -> crew.child.pid()).toList();
  }

  /// Adds readers to the group of a target; the first `stalled` of them can be stalled.
  ///
  /// @param group usually the target's name
  public void open(String group, Door door, int readers, int stalled)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile(logs, "door", ".properties");
    door.store(file);
    int seconds = OPEN_SECONDS + readers / OPENS_PER_SECOND;
    Crew crew = crew(group, readers);
    crew.readers.merge(group, readers, Integer::sum);
    try {
      crew.child.command(
          "open group=%s door=%s readers=%d stalled=%d seconds=%d"
              .formatted(group, file, readers, stalled, seconds),
          SOON.plusSeconds(seconds));
    } finally {
      Files.delete(file);
    }
  }

  /// Waits until the healthy readers of a group have `deliveries` since [#clear], or time is up.
  public void await(String group, long deliveries, int seconds)
      throws IOException, InterruptedException {
    child(group)
        .command(
            "await group=%s deliveries=%d seconds=%d".formatted(group, deliveries, seconds),
            SOON.plusSeconds(seconds));
  }

  public void clear(String group) throws IOException, InterruptedException {
    child(group).command("clear group=" + group, SOON);
  }

  public void stall(String group) throws IOException, InterruptedException {
    child(group).command("stall group=" + group, SOON);
  }

  public void resume(String group) throws IOException, InterruptedException {
    child(group).command("resume group=" + group, SOON);
  }

  public void close(String group) throws IOException, InterruptedException {
    Crew crew = crew(group, 0);
    crew.child.command("close group=" + group, SOON);
    crew.readers.remove(group);
  }

  /// Those that can be stalled read `bytesPerSecond` each until [#resume].
  public void pace(String group, int bytesPerSecond) throws IOException, InterruptedException {
    child(group).command("pace group=%s bytes=%d".formatted(group, bytesPerSecond), SOON);
  }

  /// All readers of a group go, and know where they were.
  public void drop(String group) throws IOException, InterruptedException {
    child(group).command("drop group=" + group, SOON);
  }

  /// Those who were dropped begin to come back with their cursors; see [#stormed].
  ///
  /// @param until the sequence with which a reader has caught up
  /// @param overMillis within which they come, evenly
  /// @param live the group whose latency is marked when all have caught up
  public void reconnect(String group, long until, int overMillis, String live)
      throws IOException, InterruptedException {
    if (!crew(group, 0).equals(crew(live, 0))) {
      throw new BenchException(
          "readers: %s and %s in two processes (expected: fewer of them)".formatted(group, live));
    }
    child(group)
        .command(
            "reconnect group=%s until=%d millis=%d beside=%s"
                .formatted(group, until, overMillis, live),
            SOON);
  }

  /// Waits until all who come back have caught up, or time is up.
  ///
  /// @throws BenchException when one could not get in
  public Stormed stormed(String group, int seconds) throws IOException, InterruptedException {
    return Stormed.of(
        child(group)
            .command(
                "stormed group=%s seconds=%d".formatted(group, seconds),
                SOON.plusSeconds(seconds)));
  }

  /// Latency of the healthy of a group as of the end of a storm beside it.
  public Histogram marked(String group) throws IOException, InterruptedException {
    return histogram(child(group).command("marked group=" + group, SOON).text("histogram"));
  }

  /// Readers begin to come at fixed points in time; each goes `holdMillis` after it was subscribed.
  /// See [#churned].
  public void churn(String group, Door door, int perSecond, long count, int holdMillis)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile(logs, "door", ".properties");
    door.store(file);
    try {
      child(group)
          .command(
              "churn group=%s door=%s rate=%d count=%d hold=%d"
                  .formatted(group, file, perSecond, count, holdMillis),
              SOON);
    } finally {
      Files.delete(file);
    }
  }

  /// Waits until all have come and gone, or time is up.
  ///
  /// @throws BenchException when one could not get in, or was closed by the server
  public Churned churned(String group, int seconds) throws IOException, InterruptedException {
    return Churned.of(
        child(group)
            .command(
                "churned group=%s seconds=%d".formatted(group, seconds),
                SOON.plusSeconds(seconds)));
  }

  public Seen healthy(String group) throws IOException, InterruptedException {
    return Seen.of(child(group).command("report part=healthy group=" + group, SOON));
  }

  public Seen stalled(String group) throws IOException, InterruptedException {
    return Seen.of(child(group).command("report part=stalled group=" + group, SOON));
  }

  @Override
  public void close() throws IOException {
    for (Crew crew : crews) {
      crew.child.close();
    }
  }

  private static Histogram histogram(String text) {
    try {
      return Histogram.decodeFromCompressedByteBuffer(
          ByteBuffer.wrap(Base64.getUrlDecoder().decode(text)), 0);
    } catch (DataFormatException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /// How readers came back.
  ///
  /// @param arrived how many have caught up
  /// @param elapsedNanos from the first that came to the last that caught up
  /// @param readyNanos from when each was to come until it was subscribed
  /// @param caughtUpNanos from when each was to come until it had caught up
  public record Stormed(
      long arrived, long elapsedNanos, Histogram readyNanos, Histogram caughtUpNanos) {
    static Stormed of(Fields report) {
      return new Stormed(
          report.number("arrived"),
          report.number("elapsed_nanos"),
          histogram(report.text("ready")),
          histogram(report.text("caught_up")));
    }
  }

  /// How readers came and went.
  ///
  /// @param cycles that are done
  /// @param peak the most connections at a time
  /// @param handshakeNanos from when each was to come until it was subscribed
  public record Churned(long cycles, long peak, Histogram handshakeNanos) {
    static Churned of(Fields report) {
      return new Churned(
          report.number("cycles"), report.number("peak"), histogram(report.text("handshake")));
    }
  }

  /// What readers saw since they were cleared.
  ///
  /// @param perSecond deliveries in each second since then, the last ones of a long run in the last
  public record Seen(
      long deliveries,
      long bytes,
      long wireBytes,
      long reads,
      long missing,
      long repeated,
      long altered,
      long malformed,
      long gaps,
      long gapEvents,
      long folded,
      long closed,
      List<Long> perSecond,
      Histogram latencyNanos) {
    static Seen of(Fields report) {
      return new Seen(
          report.number("deliveries"),
          report.number("bytes"),
          report.number("wire_bytes"),
          report.number("reads"),
          report.number("missing"),
          report.number("repeated"),
          report.number("altered"),
          report.number("malformed"),
          report.number("gaps"),
          report.number("gap_events"),
          report.number("folded"),
          report.number("closed"),
          counts(report.text("per_second")),
          histogram(report.text("histogram")));
    }

    private static List<Long> counts(String text) {
      return Arrays.stream(text.split(",", -1)).map(Long::valueOf).toList();
    }

    /// What makes a run worthless, in words; empty when every reader got every event once and
    /// unaltered.
    public String flaws() {
      StringBuilder flaws = new StringBuilder();
      flaw(flaws, "missing", missing);
      flaw(flaws, "repeated", repeated);
      flaw(flaws, "altered", altered);
      flaw(flaws, "malformed", malformed);
      flaw(flaws, "closed", closed);
      return flaws.toString().strip();
    }

    private static void flaw(StringBuilder flaws, String name, long count) {
      if (count > 0) {
        flaws.append(' ').append(name).append('=').append(count);
      }
    }

    public double latencyMillis(double percentile) {
      return latencyNanos.getValueAtPercentile(percentile) / 1e6;
    }
  }
}
