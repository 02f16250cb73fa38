package io.pushrod.bench.peer;

import io.pushrod.bench.Fields;
import io.pushrod.bench.Transport;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Door;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Node with npm's `ws`: the small server of `src/main/node/node-ws`, installed to
/// `bench/target/node-ws`.
final class NodeWs {
  private static final String NAME = "node-ws";
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int INSTALL_SECONDS = 120;
  private static final List<String> FILES =
      List.of("server.mjs", "package.json", "package-lock.json");

  private NodeWs() {}

  /// Installs `ws` when that has not been done.
  static Optional<String> missing(Path root) throws IOException, InterruptedException {
    for (String program : List.of("node", "npm")) {
      if (Program.find(program).isEmpty()) {
        return Optional.of(
            "node-ws: %s not found (expected: Node 20 or newer with npm)".formatted(program));
      }
    }
    try {
      install(root);
      return Optional.empty();
    } catch (BenchException e) {
      return Optional.of("node-ws: " + e.getMessage());
    }
  }

  /// As the lock file has it, and again when that changes.
  private static void install(Path root) throws IOException, InterruptedException {
    Path source = root.resolve("bench/src/main/node/node-ws");
    Path target = Files.createDirectories(folder(root));
    Path installed = target.resolve("node_modules/.installed-lock");
    Path lock = source.resolve("package-lock.json");
    for (String file : FILES) {
      Files.copy(source.resolve(file), target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.exists(installed) || Files.mismatch(installed, lock) >= 0) {
      String npm = Program.require("npm").toString();
      Program.run(
          target,
          INSTALL_SECONDS,
          List.of(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
      Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static Path folder(Path root) {
    return root.resolve("bench/target/node-ws");
  }

  static Peer start(Setup setup) throws IOException, InterruptedException {
    List<String> command =
        Stream.of(Program.require("node"), folder(setup.root()).resolve("server.mjs"))
            .map(Path::toString)
            .toList();
    return Peer.start(
        NAME,
        setup,
        Folder.in(setup.logs(), NAME),
        command,
        child -> {
          Fields listening = Fields.parse(child.next(SOON));
          String path = "/?topic={topics}";
          int port = (int) listening.number("port");
          Door door = Door.of(Transport.WS, port, path, List.of(), "", setup.topics());
          return new Peer.Entry(
              "ws %s, Node %s".formatted(listening.text("ws"), listening.text("node")),
              Map.of(Transport.WS, door),
              new LineFeed((int) listening.number("publish")));
        });
  }
}
