package io.pushrod.bench.faults;

import io.pushrod.bench.run.Child;
import io.pushrod.bench.run.Cores;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The worker of a run of the suite, as a process.
///
/// **Thread:** one at a time.
final class WorkerProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  private final Path logs;
  private final String hello;
  private final int maxSeconds;
  private int starts;
  private @Nullable Child child;
  private long pid;

  /// @param ports of the servers, the first choice first
  WorkerProcess(Path logs, String token, List<Integer> ports, int maxSeconds) {
    this.logs = logs;
    this.maxSeconds = maxSeconds;
    hello = token + '\n' + ports.stream().map(port -> port + "\n").collect(Collectors.joining());
  }

  void start() throws IOException, InterruptedException {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            WorkerMain.class.getName());
    Child started = Child.start("worker-" + ++starts, logs, Cores.pinned("0,1", maxSeconds, java));
    child = started;
    started.ask(hello, START);
    pid = started.pid();
  }

  void kill() throws IOException, InterruptedException {
    Signal.kill(pid);
    ended();
  }

  void freeze() throws IOException, InterruptedException {
    Signal.freeze(pid);
  }

  void thaw() throws IOException, InterruptedException {
    Signal.thaw(pid);
  }

  private void ended() throws IOException {
    Child ended = child;
    child = null;
    if (ended != null) {
      ended.close();
    }
  }

  @Override
  public void close() throws IOException {
    ended();
  }
}
