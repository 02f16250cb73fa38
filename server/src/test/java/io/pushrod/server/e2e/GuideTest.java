package io.pushrod.server.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Does what the guides and the pages of surfaces tell a newcomer to do, and sees what they show.
/// Only ports are others, leases are shorter, and blocks named `setup` are done already. What needs
/// several nodes is [ThreeNodesGuideTest]'s.
///
/// Pages that use packages of npm find those of `server/src/test/node`, once they are installed
/// there.
@Timeout(240)
final class GuideTest {
  private static final Pattern LISTENS =
      Pattern.compile("http=\\S+:(\\d+) ingest=\\S+:(\\d+) admin=\\S+:(\\d+)");

  private static final Path PACKAGES = Path.of("src/test/node/node_modules");

  /// Ports of its own.
  private static final String LAUNCHER =
      """
      case $1 in
        serve) set -- "$@" --port=0 --ingest-port=0 --admin-port=0 --set=runs.lease=2s ;;
        worker) set -- "$@" "--server=127.0.0.1:$(cat ingest.port)" ;;
        storage) set -- "$@" "--admin=http://127.0.0.1:$(cat admin.port)" ;;
        run) set -- "$@" "--url=http://127.0.0.1:$(cat http.port)" ;;
      esac
      """;

  @TempDir Path folder;

  private GuideRun run;
  private String httpPort = "";
  private String ingestPort = "";

  @BeforeEach
  void begin() {
    run = new GuideRun(folder, this::here, this::learnPorts);
  }

  @AfterEach
  void endAll() {
    run.close();
  }

  private static Stream<String> pages() throws IOException {
    List<String> pages = new ArrayList<>();
    for (String of : List.of("guides", "surfaces")) {
      try (Stream<Path> files = Files.list(Path.of("../docs").resolve(of))) {
        files
            .filter(file -> !file.endsWith(ThreeNodesGuideTest.PAGE))
            .map(file -> of + '/' + file.getFileName())
            .forEach(pages::add);
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
    run.writeLauncher(LAUNCHER);
    run.follow(guide, "export NODE_PATH='" + PACKAGES.toAbsolutePath().normalize() + "'\n");
  }

  static boolean has(String program) throws IOException, InterruptedException {
    return new ProcessBuilder("/bin/sh", "-c", "command -v " + program)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  /// A server's first line says which ports it took.
  private void learnPorts(PushrodProcess from) throws IOException {
    Matcher listens = LISTENS.matcher(from.said());
    if (listens.find()) {
      httpPort = listens.group(1);
      ingestPort = listens.group(2);
      Files.writeString(folder.resolve("http.port"), httpPort);
      Files.writeString(folder.resolve("ingest.port"), ingestPort);
      Files.writeString(folder.resolve("admin.port"), listens.group(3));
    }
  }

  private String here(String text) {
    return text.replace("127.0.0.1:8080", "127.0.0.1:" + httpPort)
        .replace("127.0.0.1:7400", "127.0.0.1:" + ingestPort);
  }
}
