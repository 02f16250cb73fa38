package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.RunsConfig;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.StreamingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InitCommandTest {
  private final TestCommand command = new TestCommand();
  @TempDir Path parent;
  private Path folder = Path.of("");

  @BeforeEach
  void nameTheFolder() {
    folder = parent.resolve("my-agent");
  }

  private int init(String... options) {
    List<String> arguments = new ArrayList<>(List.of("init", folder.toString()));
    arguments.addAll(List.of(options));
    return command.run(arguments.toArray(String[]::new));
  }

  private ServerConfig made(String... options) {
    assertThat(init(options)).as(command.err()).isZero();
    return ServerConfig.load(folder.resolve("pushrod.yaml"), List.of(), false);
  }

  private String readme() throws IOException {
    return Files.readString(folder.resolve("README.md"));
  }

  @Test
  void writesAConfigThatAServerStartsWith() {
    RunsConfig runs = made().runs();
    assertThat(runs.defaultAgent()).isEqualTo("my-agent");
    assertThat(command.out()).isEmpty();
    assertThat(command.err())
        .isEqualTo("pushrod: made " + folder + "; its README.md has the commands to go on with\n");
    assertThat(command.run("serve", "--dev", "-c", folder.resolve("pushrod.yaml").toString()))
        .isZero();
    assertThat(command.served.getFirst().runs()).isEqualTo(runs);
  }

  @Test
  void changesNothingButTheDefaultAgentByItself() throws IOException {
    ServerConfig expected = ServerConfig.with(false, "runs.default_agent=my-agent");
    assertThat(made()).isEqualTo(expected);
    assertThat(Files.readString(folder.resolve("pushrod.yaml"))).doesNotContain("streaming:");
  }

  @Test
  void writesWhatRunsEmit() {
    assertThat(
            made("--async-runs", "--streaming-events", "token, step,custom:fraud")
                .streaming()
                .events())
        .isEqualTo(new StreamingConfig.Events(List.of("token", "step", "custom:fraud"), 15, 3_600));
  }

  @ParameterizedTest
  @CsvSource({
    "--streaming-events=chat,false,chat",
    "--streaming-events=custom:odd:,false,custom:odd:",
    "--async-runs,true,all",
    "--streaming-backend=memory,false,all"
  })
  void anyOptionOfTheSectionWritesIt(String option, boolean asyncRuns, String allowed) {
    StreamingConfig streaming = made(option).streaming();
    assertThat(streaming.asyncRuns()).isEqualTo(asyncRuns);
    assertThat(streaming.events().allowed()).containsExactly(allowed);
  }

  @Test
  void showsARunByTheWayThatItsConfigHas() throws IOException {
    init();
    assertThat(readme()).contains("pushrod run --agent my-agent").contains("echo hello");
    folder = parent.resolve("direct");
    init("--streaming=sse", "--streaming-events=chat");
    assertThat(readme()).contains("/invoke/stream").doesNotContain("/runs");
    folder = parent.resolve("ws");
    init("--streaming=ws", "--async-runs");
    assertThat(readme()).contains("ws://127.0.0.1:8080/runs/r1/events?from_sequence=1");
    assertThat(readme().lines().filter("```sh"::equals)).hasSize(3);
  }

  @Test
  void aDirectRunHasNoWebSocket() {
    assertThat(init("--streaming=ws", "--streaming-events=chat")).isEqualTo(2);
    assertThat(command.err())
        .startsWith(
            "pushrod init: --streaming: ws (expected: with --async-runs; a direct run answers by"
                + " SSE)")
        .hasLineCount(1);
    assertThat(folder).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "redis", "kafka"})
  void refusesABackendThatThisVersionDoesNotHave(String backend) {
    assertThat(init("--streaming-backend", backend)).isEqualTo(2);
    assertThat(command.err())
        .startsWith(
            "pushrod init: --streaming-backend: "
                + backend
                + " (expected: memory; disk and redis are not in this version)")
        .hasLineCount(1);
    assertThat(folder).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"verbose", "token,", "token,chat", "custom:", "", "custom:\"]"})
  void refusesWhatNoRunEmits(String events) {
    assertThat(init("--streaming-events", events)).isEqualTo(2);
    assertThat(command.err())
        .startsWith("pushrod init: --streaming-events: " + events + " (expected: minimal, chat,")
        .hasLineCount(1);
    assertThat(folder).doesNotExist();
  }

  @Test
  void overwritesNothing() throws IOException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("pushrod.yaml"), "env: mine\n");
    assertThat(init()).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo("pushrod: " + folder + " (expected: a folder that is not there yet)\n");
    assertThat(Files.readString(folder.resolve("pushrod.yaml"))).isEqualTo("env: mine\n");
    assertThat(folder.resolve("README.md")).doesNotExist();
  }

  @Test
  void namesWhatIsWrongWithTheFolder() {
    folder = parent.resolve("none").resolve("my-agent");
    assertThat(init()).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo("pushrod: " + folder + " (expected: in a folder that exists)\n");
    for (String name : List.of("..", "my agent", "é", "-x", "a".repeat(129), "%1$s")) {
      folder = parent.resolve(name);
      assertThat(init()).as(name).isEqualTo(2);
      assertThat(command.err()).hasLineCount(1).contains("NAME: ");
    }
    assertThat(command.run("init")).isEqualTo(2);
    assertThat(command.err()).hasLineCount(1).contains("NAME");
  }
}
