package io.pushrod.server.e2e;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/// A command in a process of its own, with everything that it says.
final class PushrodProcess implements AutoCloseable {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /// What it has started may hold its output open for longer.
  private static final long LAST_WORDS_MILLIS = 5_000;

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Process process;

  /// Guarded by itself.
  private final StringBuilder said = new StringBuilder();

  private final Thread listener;

  private PushrodProcess(Process process) {
    this.process = process;
    this.listener = Thread.ofPlatform().daemon().unstarted(this::listen);
  }

  /// A command of Pushrod.
  static PushrodProcess start(Path folder, String... arguments) {
    // A shell that starts the tests in its background has them ignore SIGINT, and a JVM heeds that.
    List<String> words = new ArrayList<>(List.of("env", "--default-signal=INT"));
    words.addAll(java());
    words.addAll(List.of(arguments));
    return start(folder, words, Map.of());
  }

  /// Any program.
  static PushrodProcess start(Path folder, List<String> words, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      PushrodProcess started = new PushrodProcess(builder.start());
      started.listener.start();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What starts Pushrod, before its arguments.
  static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        "io.pushrod.server.Main");
  }

  private void listen() {
    char[] chars = new char[4_096];
    try (Reader in = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      for (int n = in.read(chars); n >= 0; n = in.read(chars)) {
        synchronized (said) {
          said.append(chars, 0, n);
        }
      }
    } catch (IOException e) {
      // It was killed.
    }
  }

  /// Standard output and standard error, so far.
  String said() {
    synchronized (said) {
      return said.toString();
    }
  }

  void awaitText(String text) {
    await(Pattern.compile(Pattern.quote(text)));
  }

  /// Waits with a deadline that only a failure meets: a process starts slowly on a busy machine.
  void await(Pattern text) {
    await("said " + text, () -> text.matcher(said()).find());
  }

  /// Waits likewise for anything else that it brings about.
  void await(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > DEADLINE_NANOS) {
        throw new AssertionError("never: " + what + "; what it said: " + said());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /// @param name without `SIG`
  void signal(String name) {
    try {
      new ProcessBuilder("/bin/sh", "-c", "kill -" + name + ' ' + process.pid()).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// What it has started, and what those have.
  List<ProcessHandle> descendants() {
    return process.descendants().toList();
  }

  /// Waits for its end. All that it said itself has been heard then.
  int exitCode() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError("end: never; it said: " + said());
      }
      listener.join(LAST_WORDS_MILLIS);
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// SIGKILL, to it and to what it has started.
  @Override
  public void close() {
    List<ProcessHandle> children = descendants();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
