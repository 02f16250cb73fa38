package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.StreamingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddStreamingCommandTest {
  private final TestCommand command = new TestCommand();
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("p.yaml");
  }

  private int add(String yaml, String... options) {
    try {
      Files.writeString(file(), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> arguments = new ArrayList<>(List.of("add", "streaming", "-c", file().toString()));
    arguments.addAll(List.of(options));
    return command.run(arguments.toArray(String[]::new));
  }

  private String text() throws IOException {
    return Files.readString(file());
  }

  @Test
  void addsTheSectionAtTheEnd() throws IOException {
    String before = "# mine\nhttp: {port: 1}   # odd\n\n\ntcp:\n  notsent_lowat:   8KiB\n";
    assertThat(add(before, "--events=chat", "--async-runs", "--backend=memory"))
        .as(command.err())
        .isZero();
    assertThat(command.out()).isEmpty();
    assertThat(command.err()).isEqualTo("pushrod: added streaming to " + file() + "\n");
    assertThat(text()).startsWith(before + "\n# What runs emit");
    ServerConfig config = ServerConfig.load(file(), List.of(), false);
    assertThat(config.http().port()).isEqualTo(1);
    assertThat(config.streaming().asyncRuns()).isTrue();
    assertThat(config.streaming().events())
        .isEqualTo(new StreamingConfig.Events(List.of("chat"), 15, 3_600));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "env: mine",
        "env: mine\r\nhttp:\r\n  port: 1\r\n",
        "auth:\n  keys:\n    - {alg: HS256, secret_file: hs}\n",
        "env: |\n  mine\n",
        "\n\n"
      })
  void keepsEveryByteThatWasThere(String before) throws IOException {
    assertThat(add(before)).as(command.err()).isZero();
    assertThat(text()).startsWith(before);
    String added = text().substring(before.length());
    assertThat(added.replace("\r\n", "")).doesNotContain("\r");
    if (before.contains("\r\n")) {
      assertThat(added.replace("\r\n", "")).doesNotContain("\n");
    }
    assertThat(ServerConfig.load(file(), List.of(), false).streaming().asyncRuns()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"streaming: {async_runs: true}", "streaming:\n", "'streaming': {}"})
  void refusesWhereTheSectionIsThere(String before) throws IOException {
    assertThat(add(before)).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo("pushrod: " + file() + ": streaming (expected: no such section yet)\n");
    assertThat(text()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{http: {port: 1}}\n",
        "http: {port: 1}\n...\n",
        "env: |+\n  mine\n",
        "  env: mine\n"
      })
  void leavesAloneWhatCannotBeAddedTo(String before) throws IOException {
    assertThat(add(before)).isEqualTo(1);
    assertThat(command.err())
        .startsWith("pushrod: " + file() + ": nothing can be added at its end (expected: ")
        .hasLineCount(1);
    assertThat(text()).isEqualTo(before);
  }

  @Test
  void aFileThatNoServerStartsWithIsLeftAlone() throws IOException {
    assertThat(add("htp: {port: 1}\n")).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo(
            "pushrod: " + file() + ":1: htp.port: 1 (expected: a known key, perhaps http.port)\n");
    assertThat(text()).isEqualTo("htp: {port: 1}\n");
    assertThat(add("# " + "x".repeat(256 * 1024 - 100) + "\n")).isEqualTo(1);
    assertThat(command.err()).contains("at most 256KiB").hasLineCount(1);
    Path missing = folder.resolve("none.yaml");
    assertThat(command.run("add", "streaming", "-c", missing.toString())).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo("pushrod: config: " + missing + " (expected: a file that exists)\n");
    assertThat(missing).doesNotExist();
  }

  @Test
  void refusesWhatNoServerStartsWith() throws IOException {
    for (String option : List.of("--backend=redis", "--backend=disk", "--events=verbose")) {
      assertThat(add("env: mine\n", option)).isEqualTo(2);
      assertThat(command.err())
          .startsWith("pushrod add streaming: " + option.replace("=", ": ") + " (expected: ")
          .hasLineCount(1);
      assertThat(text()).isEqualTo("env: mine\n");
    }
    assertThat(command.run("add")).isEqualTo(2);
    assertThat(command.err()).contains("a command is missing").hasLineCount(1);
  }

  @Test
  void addsToWhatInitMade() {
    Path made = folder.resolve("my-agent");
    assertThat(command.run("init", made.toString())).isZero();
    String config = made.resolve("pushrod.yaml").toString();
    assertThat(command.run("add", "streaming", "--config", config, "--events=token,custom"))
        .as(command.err())
        .isZero();
    assertThat(ServerConfig.load(Path.of(config), List.of(), false).streaming().events().allowed())
        .containsExactly("token", "custom");
    assertThat(command.run("add", "streaming", "--config", config)).isEqualTo(1);
  }
}
