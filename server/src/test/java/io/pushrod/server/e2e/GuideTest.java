package io.pushrod.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Does what the guides and the pages of surfaces tell a newcomer to do, and sees what they show.
/// Only ports are others, leases are shorter, and blocks named `setup` are done already.
///
/// Pages that use packages of npm find those of `server/src/test/node`, once they are installed
/// there.
@Timeout(240)
final class GuideTest {
  private static final Pattern LISTENS = Pattern.compile("http=\\S+:(\\d+) ingest=\\S+:(\\d+) ");

  private static final Path PACKAGES = Path.of("src/test/node/node_modules");

  @TempDir Path folder;

  private final Map<String, PushrodProcess> terminals = new HashMap<>();
  private final Set<ProcessHandle> started = new HashSet<>();
  private String httpPort = "";
  private String ingestPort = "";

  @AfterEach
  void endAll() {
    terminals.values().forEach(PushrodProcess::close);
    started.forEach(ProcessHandle::destroyForcibly);
  }

  private static Stream<String> pages() throws IOException {
    List<String> pages = new ArrayList<>();
    for (String of : List.of("guides", "surfaces")) {
      try (Stream<Path> files = Files.list(Path.of("../docs").resolve(of))) {
        files.map(file -> of + '/' + file.getFileName()).forEach(pages::add);
      }
    }
    return pages.stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandDoesWhatThePageSays(String page) throws Exception {
    assumeTrue(has("python3") && has("curl") && has("bash"));
    Guide guide = Guide.read(Path.of("../docs").resolve(page));
    boolean usesPackages =
        guide.blocks().stream().anyMatch(block -> block.body().contains("require("));
    assumeTrue(!usesPackages || (has("node") && Files.exists(PACKAGES)));
    writeLauncher();
    Files.writeString(
        folder.resolve("environment"),
        "export NODE_PATH='" + PACKAGES.toAbsolutePath().normalize() + "'\n");
    String said = "";
    String last = "";
    for (Guide.Block block : guide.blocks()) {
      terminals.values().forEach(terminal -> started.addAll(terminal.descendants()));
      switch (block.language()) {
        case "sh" -> {
          if (block.name().equals("setup")) {
            continue;
          }
          last = block.name();
          said = last.isEmpty() ? run(block.body()) : "";
          if (!last.isEmpty()) {
            terminals.put(last, bash(block.body()));
          }
        }
        case "text" -> {
          String name = block.name().isEmpty() ? last : block.name();
          Pattern expected = Guide.pattern(here(block.body()));
          if (name.isEmpty()) {
            assertThat(said).containsPattern(expected);
          } else {
            terminal(name).await(expected);
            learnPorts(name);
          }
        }
        default -> {
          if (block.name().contains(".")) {
            Files.writeString(folder.resolve(block.name()), here(block.body()));
          }
        }
      }
    }
    assertThat(guide.blocks()).isNotEmpty();
  }

  private PushrodProcess terminal(String name) {
    return Objects.requireNonNull(terminals.get(name), name);
  }

  private static boolean has(String program) throws IOException, InterruptedException {
    return new ProcessBuilder("/bin/sh", "-c", "command -v " + program)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  /// `scripts/pushrod` of the guide: this build, and ports of its own.
  private void writeLauncher() throws IOException {
    StringBuilder java = new StringBuilder();
    PushrodProcess.java().forEach(word -> java.append(" '").append(word).append('\''));
    Path launcher = Files.createDirectory(folder.resolve("scripts")).resolve("pushrod");
    Files.writeString(
        launcher,
        """
        #!/bin/sh
        case $1 in
          serve) set -- "$@" --port=0 --ingest-port=0 --admin-port=0 --set=runs.lease=2s ;;
          worker) set -- "$@" "--server=127.0.0.1:$(cat ingest.port)" ;;
          run) set -- "$@" "--url=http://127.0.0.1:$(cat http.port)" ;;
        esac
        exec%s "$@"
        """
            .formatted(java));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }

  /// A server's first line says which ports it took.
  private void learnPorts(String name) throws IOException {
    Matcher listens = LISTENS.matcher(terminal(name).said());
    if (listens.find()) {
      httpPort = listens.group(1);
      ingestPort = listens.group(2);
      Files.writeString(folder.resolve("http.port"), httpPort);
      Files.writeString(folder.resolve("ingest.port"), ingestPort);
    }
  }

  private String here(String text) {
    return text.replace("127.0.0.1:8080", "127.0.0.1:" + httpPort)
        .replace("127.0.0.1:7400", "127.0.0.1:" + ingestPort);
  }

  /// Runs commands to their end, in an environment that those behind inherit.
  private String run(String commands) {
    try (PushrodProcess shell = bash(commands + "\nexport -p > environment")) {
      shell.exitCode();
      return shell.said();
    }
  }

  private PushrodProcess bash(String commands) {
    return PushrodProcess.start(
        folder, List.of("bash", "-c", ". ./environment\n" + here(commands)), Map.of());
  }
}
