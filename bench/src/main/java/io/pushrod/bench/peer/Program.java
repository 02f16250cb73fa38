package io.pushrod.bench.peer;

import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Programs of this machine.
public final class Program {
  /// Where a user's PATH may not lead.
  private static final List<String> SYSTEM = List.of("/usr/local/sbin", "/usr/sbin", "/sbin");

  private Program() {}

  /// Looks along the PATH.
  public static Optional<Path> find(String name) {
    Stream<String> path = Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1));
    return Stream.concat(path, SYSTEM.stream())
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// @throws BenchException when it is not there
  public static Path require(String name) {
    return find(name).orElseThrow(() -> new BenchException(name + ": not found"));
  }

  /// What a short command says on stdout and stderr.
  ///
  /// @throws BenchException when it fails or takes too long
  public static String run(Path folder, int maxSeconds, List<String> command)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile(folder, "said", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(maxSeconds, TimeUnit.SECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      String text = Files.readString(said, StandardCharsets.UTF_8).strip();
      if (!ended || process.exitValue() != 0) {
        throw new BenchException(
            "%s: %s: %s (expected: success within %d s)"
                .formatted(
                    command.getFirst(), ended ? "failed" : "takes too long", text, maxSeconds));
      }
      return text;
    } finally {
      Files.deleteIfExists(said);
    }
  }

  /// A port of loopback on which nothing listens now.
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
