package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.RunningServer;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `make | pushrod publish` on one side, `pushrod tail` on the other, a real server between them.
class PipeTest {
  private static final String TOPIC = "job/build";

  @RegisterExtension final RunningServer server = new RunningServer("limits.event_bytes=4KiB");

  private final TestCommand command = new TestCommand();

  private int publish(String input, String... options) {
    command.in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "publish",
                "--topic",
                TOPIC,
                "--port",
                Integer.toString(server.server().ingestPort()),
                "--data-dir",
                server.dataDir().toString()));
    arguments.addAll(List.of(options));
    return command.run(arguments.toArray(String[]::new));
  }

  /// The first lines that `tail` prints; it stops when they have been read.
  private List<String> tail(int count, String... options) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "tail",
                "--json",
                "--topic",
                TOPIC,
                "--after",
                "earliest",
                "--url",
                server.http("").toString(),
                "--data-dir",
                server.dataDir().toString()));
    arguments.addAll(List.of(options));
    PipedReader reader = new PipedReader(65_536);
    PrintWriter out = new PrintWriter(new PipedWriter(reader), true);
    PrintWriter err = new PrintWriter(new StringWriter());
    CompletableFuture<Integer> exit =
        CompletableFuture.supplyAsync(
            () ->
                PushrodCommand.run(
                    arguments.toArray(String[]::new), command, command.in, out, err));
    List<String> lines = new ArrayList<>();
    try (BufferedReader in = new BufferedReader(reader)) {
      while (lines.size() < count) {
        lines.add(in.readLine());
      }
    }
    publish("", "--data", "1");
    assertThat(exit.join()).isEqualTo(1);
    return lines;
  }

  @ParameterizedTest
  @ValueSource(strings = {"ws", "sse"})
  void carriesTextLineByLine(String transport) throws IOException {
    assertThat(publish("cc -o main main.c\nmain.c:1: \"ü\"\tbad\n$ ")).isZero();
    assertThat(command.err()).isEmpty();
    assertThat(command.out()).isEmpty();
    assertThat(tail(3, "--transport", transport))
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .contains("\"seq\":1,", "\"type\":\"token_chunk\"", "\"tenant_id\":\"dev\"")
                    .endsWith("\"data\":{\"text\":\"cc -o main main.c\\n\"}}"),
            second -> assertThat(second).endsWith("{\"text\":\"main.c:1: \\\"ü\\\"\\tbad\\n\"}}"),
            third -> assertThat(third).contains("\"seq\":3,").endsWith("{\"text\":\"$ \"}}"));
  }

  @Test
  void publishesOneEventAndSaysItsSequence() throws IOException {
    assertThat(publish("", "--type", "progress", "--data", "{\"step\":1}")).isZero();
    assertThat(command.out()).isEqualTo("job/build 1\n");
    assertThat(tail(1).getFirst())
        .contains("\"type\":\"progress\"")
        .endsWith("\"data\":{\"step\":1}}");
  }

  @Test
  void publishesEventsAmongText() throws IOException {
    assertThat(
            publish(
                """
                {"type":"run_start","run_id":"r1"}
                compiling
                {"type":"run_end","run_id":"r1","data":{"ok":true},"topics":["job/build","run/r1"]}
                """,
                "--type",
                "log_line"))
        .isZero();
    assertThat(tail(3))
        .satisfiesExactly(
            first -> assertThat(first).contains("run_start", "\"run_id\":\"r1\"", "\"data\":{}"),
            second -> assertThat(second).contains("log_line", "{\"text\":\"compiling\\n\"}"),
            third -> assertThat(third).contains("run_end", "{\"ok\":true}"));
  }

  @Test
  void saysWhichLinesWereRefusedAndPublishesTheRest() throws IOException {
    String large = "{\"type\":\"a\",\"data\":\"" + "x".repeat(5_000) + "\"}";
    assertThat(publish("one\n" + large + "\n{\"type\":\"b c\"}\nfour\n")).isEqualTo(1);
    assertThat(command.err().lines())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).startsWith("pushrod: line 2: too_large: "))
        .anySatisfy(line -> assertThat(line).startsWith("pushrod: line 3: type: b c (expected: "));
    assertThat(tail(2)).last().asString().contains("four");
  }

  @Test
  void aServerThatRefusesTheTokenIsOneLine() {
    assertThat(publish("x\n", "--token", "nonsense")).isEqualTo(1);
    assertThat(command.err()).hasLineCount(1).startsWith("pushrod: ");
  }

  @Test
  void aServerThatIsNotThereIsOneLine() {
    server.stop();
    assertThat(command.run("publish", "--topic", TOPIC, "--port", "1", "--token", "x"))
        .isEqualTo(1);
    assertThat(command.err()).hasLineCount(1).startsWith("pushrod: 127.0.0.1:1: ");
  }

  @Test
  void refusesWhatIsNoJsonBeforeItConnects() {
    assertThat(publish("", "--data", "{oops")).isEqualTo(2);
    assertThat(command.err()).hasLineCount(1).contains("--data: ");
    assertThat(publish("", "--type", "a b")).isEqualTo(2);
  }
}
