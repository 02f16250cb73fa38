package io.pushrod.bench.run;

import io.pushrod.bench.Fields;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A process of a benchmark that obeys lines on its stdin and answers by lines on its stdout. Its
/// stderr goes to a file.
///
/// **Thread:** one.
public final class Child implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final String name;
  private final Process process;
  private final Writer commands;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name(name + "-output").start(this::drain);
  }

  /// @param logs folder for `name`.log
  public static Child start(String name, Path logs, List<String> command) throws IOException {
    return new Child(
        name,
        new ProcessBuilder(command).redirectError(logs.resolve(name + ".log").toFile()).start());
  }

  private void drain() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      reader.lines().forEach(line -> lines.add(Optional.of(line)));
    } catch (IOException | UncheckedIOException e) {
      // It was ended while it was read from; no more is wanted of it.
    } finally {
      lines.add(Optional.empty());
    }
  }

  /// The process that does the work: the last of the chain of wrappers (timeout, launcher) that
  /// started it.
  public long pid() {
    ProcessHandle worker = process.toHandle();
    for (Optional<ProcessHandle> child = worker.children().findFirst();
        child.isPresent();
        child = worker.children().findFirst()) {
      worker = child.get();
    }
    return worker.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public String ask(String command, Duration patience) throws IOException, InterruptedException {
    commands.write(command + '\n');
    commands.flush();
    return next(patience);
  }

  /// Like [#ask], for children that answer in [Fields].
  ///
  /// @throws BenchException when the answer says that it failed
  public Fields command(String command, Duration patience)
      throws IOException, InterruptedException {
    Fields answer = Fields.parse(ask(command, patience));
    if (answer.word().equals("failed")) {
      throw new BenchException(
          name + ": " + URLDecoder.decode(answer.text("reason"), StandardCharsets.UTF_8));
    }
    return answer;
  }

  /// The next line of its output.
  ///
  /// @throws BenchException when none comes in time, or the process ended
  public String next(Duration patience) throws InterruptedException {
    String line = nextOrEnd(patience);
    if (line == null) {
      throw new BenchException(name + ": ended early, see its log under bench/target/logs");
    }
    return line;
  }

  /// The next line of its output, or null when it has ended.
  ///
  /// @throws BenchException when neither comes in time
  @Nullable String nextOrEnd(Duration patience) throws InterruptedException {
    Optional<String> line = lines.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (line == null) {
      throw new BenchException(name + ": no answer within " + patience.toSeconds() + " s");
    }
    return line.orElse(null);
  }

  /// Ends its input, then the process itself if that was not hint enough.
  @Override
  public void close() throws IOException {
    List<ProcessHandle> family = process.descendants().toList();
    try {
      commands.close();
    } catch (IOException e) {
      // It has ended already and took its end of the pipe with it.
    }
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    family.forEach(ProcessHandle::destroyForcibly);
  }
}
