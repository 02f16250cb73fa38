package io.pushrod.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A shell command with all processes that it starts, which can be signalled as one.
///
/// With `setsid` (Linux) the command leads a session and a process group of its own, so that Ctrl-C
/// in our terminal is not its, and no child escapes a signal by losing its parent. Without, as on
/// macOS, a signal goes to the descendants that are known at that moment.
///
/// Python programs are told to write at once what they print, which they would not into a pipe. Our
/// token is not theirs.
///
/// **Thread:** any.
final class ProcessGroup {
  private static final int KILL_SECONDS = 5;
  private static final List<Path> SETSID =
      List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));

  private final Process process;
  private final boolean isLeader;

  private ProcessGroup(Process process, boolean isLeader) {
    this.process = process;
    this.isLeader = isLeader;
  }

  /// @param command for `sh -c`
  static ProcessGroup start(String command) throws IOException {
    return start(command, SETSID.stream().filter(Files::isExecutable).toList());
  }

  /// @param setsid where that program is, if anywhere
  static ProcessGroup start(String command, List<Path> setsid) throws IOException {
    List<String> words =
        Stream.concat(
                setsid.stream().limit(1).map(Path::toString), Stream.of("/bin/sh", "-c", command))
            .toList();
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putIfAbsent("PYTHONUNBUFFERED", "1");
    builder.environment().remove("PUSHROD_TOKEN");
    return new ProcessGroup(builder.start(), !setsid.isEmpty());
  }

  /// The command itself.
  Process process() {
    return process;
  }

  /// SIGTERM to all.
  void terminate() {
    if (isLeader) {
      signal("TERM");
    } else {
      descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
  }

  /// SIGKILL to all, also to those whose leader has ended.
  void kill() {
    if (isLeader) {
      signal("KILL");
    } else {
      descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private List<ProcessHandle> descendants() {
    return process.descendants().toList();
  }

  /// By the shell's own `kill`, as the JDK signals single processes only. That there is nobody left
  /// to signal is no error.
  private void signal(String name) {
    try {
      Process kill =
          new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " -" + process.pid())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!kill.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
        kill.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
