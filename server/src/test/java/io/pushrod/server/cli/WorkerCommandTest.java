package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.client.RunRequest;
import io.pushrod.codec.IdField;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerCommandTest {
  private final TestCommand command = new TestCommand();

  private static RunRequest request(Map<IdField, String> ids, String input) {
    return new RunRequest("r1", "echo", "ann", List.of("run/r1"), ids, 1, input);
  }

  @Test
  void theRequestIsOneLineOfJson() {
    assertThat(ProgramAgent.line(request(Map.of(), "{\n  \"text\": \"a\\nb\"\n}")))
        .isEqualTo(
            "{\"run_id\":\"r1\",\"agent\":\"echo\",\"user\":\"ann\",\"input\":{\"text\":\"a\\nb\"}}\n");
  }

  @Test
  void theRequestNamesTheThreadThatItBelongsTo() {
    assertThat(ProgramAgent.line(request(Map.of(IdField.THREAD_ID, "42"), "{}")))
        .contains("\"thread_id\":\"42\",\"input\":{}");
  }

  @Test
  void aServerIsHostAndPort() {
    assertThat(IngestAddress.parse("example.com:7400"))
        .isEqualTo(new IngestAddress("example.com", 7400));
    assertThat(IngestAddress.parse("[::1]:7400")).isEqualTo(new IngestAddress("::1", 7400));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "host", ":7400", "host:", "host:0", "host:65536", "host:x"})
  void everythingElseIsNoServer(String text) {
    assertThatThrownBy(() -> IngestAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("(expected: HOST:PORT)");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(command.run("worker", "--agent", "a")).isEqualTo(2);
    assertThat(command.run("worker", "--exec", "x")).isEqualTo(2);
    assertThat(command.run("worker", "--agent", "a/b", "--exec", "x")).isEqualTo(2);
    assertThat(command.run("worker", "--agent", "a", "--exec", " ")).isEqualTo(2);
    assertThat(command.run("worker", "--agent", "a", "--exec", "x", "--concurrency", "0"))
        .isEqualTo(2);
    assertThat(command.run("worker", "--agent", "a", "--exec", "x", "--server", "h")).isEqualTo(2);
    assertThat(command.err()).hasLineCount(1);
  }

  @Test
  void aServerThatIsNotThereIsOneLine() {
    assertThat(
            command.run(
                "worker", "--agent", "a", "--exec", "x", "--token", "t", "--server", "127.0.0.1:1"))
        .isEqualTo(1);
    assertThat(command.err()).hasLineCount(1).startsWith("pushrod: 127.0.0.1:1: ");
  }
}
