package io.pushrod.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Does what a guide says, in a folder, and sees what it shows. Blocks named `setup` are done
/// already.
final class GuideRun implements AutoCloseable {
  /// Hears when a terminal has said what the page shows.
  interface Listener {
    void onSaid(PushrodProcess terminal) throws IOException;
  }

  private final Path folder;
  private final UnaryOperator<String> here;
  private final Listener listener;
  private final Map<String, PushrodProcess> terminals = new HashMap<>();
  private final Set<ProcessHandle> started = new HashSet<>();

  /// @param here what is done to commands, files and what is expected of them
  GuideRun(Path folder, UnaryOperator<String> here, Listener listener) {
    this.folder = folder;
    this.here = here;
    this.listener = listener;
  }

  /// `scripts/pushrod` of the guide: this build.
  ///
  /// @param before in the shell, for more arguments
  void writeLauncher(String before) throws IOException {
    StringBuilder java = new StringBuilder();
    PushrodProcess.java().forEach(word -> java.append(" '").append(word).append('\''));
    Path launcher = Files.createDirectories(folder.resolve("scripts")).resolve("pushrod");
    Files.writeString(launcher, "#!/bin/sh\n" + before + "exec" + java + " \"$@\"\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }

  /// @param environment what all terminals have, as a shell exports it
  void follow(Guide guide, String environment) throws IOException {
    Files.writeString(folder.resolve("environment"), environment);
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
          Pattern expected = Guide.pattern(here.apply(block.body()));
          if (name.isEmpty()) {
            assertThat(said).containsPattern(expected);
          } else {
            terminal(name).await(expected);
            listener.onSaid(terminal(name));
          }
        }
        default -> {
          if (block.name().contains(".")) {
            Files.writeString(folder.resolve(block.name()), here.apply(block.body()));
          }
        }
      }
    }
    assertThat(guide.blocks()).isNotEmpty();
  }

  private PushrodProcess terminal(String name) {
    return Objects.requireNonNull(terminals.get(name), name);
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
        folder,
        List.of("bash", "-c", ". ./environment\n" + here.apply(commands)),
        ThreeNodes.path());
  }

  @Override
  public void close() {
    terminals.values().forEach(terminal -> started.addAll(terminal.descendants()));
    terminals.values().forEach(PushrodProcess::close);
    started.forEach(ProcessHandle::destroyForcibly);
  }
}
