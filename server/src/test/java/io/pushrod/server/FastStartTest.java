package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The cache of loaded classes that the launcher starts a server with. `start.test.mjs` has the
/// launcher's part.
@Timeout(120)
final class FastStartTest {
  @TempDir Path folder;

  private record Ran(int code, String out) {}

  private Ran java(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
      return new Ran(process.exitValue(), Files.readString(out));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void isTrainedByAServerThatAnswersARequestOfEachKindAndEnds() throws Exception {
    Ran ran =
        java(
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "io.pushrod.server.Training",
            Files.createDirectory(folder.resolve("data")).toString());
    assertThat(ran.out).contains("drained in");
    assertThat(ran.code).isZero();
  }

  @Test
  void isLeftAloneWithoutAWordWhenItIsBroken() throws Exception {
    Path cache = folder.resolve("broken.aot");
    Files.write(cache, "not a cache".getBytes(StandardCharsets.UTF_8));
    List<String> flags = new ArrayList<>(List.of("-XX:AOTCache=" + cache));
    flags.addAll(launcherFlags());
    flags.addAll(List.of("-cp", System.getProperty("java.class.path")));
    flags.addAll(List.of("io.pushrod.server.Main", "--version"));
    Ran ran = java(flags.toArray(String[]::new));
    assertThat(ran.out).matches("pushrod .*\\R");
    assertThat(ran.code).isZero();
  }

  /// What the launcher gives beside the cache itself.
  private static List<String> launcherFlags() throws IOException {
    String launcher =
        Files.readString(Path.of(System.getProperty("pushrod.root"), "scripts", "pushrod"));
    String line =
        launcher
            .lines()
            .filter(each -> each.contains("aot=(\"-XX:AOTCache"))
            .findFirst()
            .orElseThrow();
    String flags = line.substring(line.indexOf("-XX:AOTMode"), line.lastIndexOf(')'));
    return List.of(flags.replace("'", "").split(" ", -1));
  }
}
