package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.support.Await;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AgentProcessTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir Path folder;
  private final StringWriter err = new StringWriter();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<AgentProcess> processes = new CopyOnWriteArrayList<>();

  @AfterEach
  void killWhatIsLeft() {
    processes.forEach(AgentProcess::kill);
  }

  /// A run on a thread of its own.
  private record Running(Thread thread, FutureTask<AgentProcess.End> task) {
    void interrupt() {
      thread.interrupt();
    }

    AgentProcess.End end() throws Exception {
      return task.get(30, TimeUnit.SECONDS);
    }
  }

  private AgentProcess.End run(String command, String request) throws Exception {
    return start(command, request, LONG).end();
  }

  private Running start(String command, String request, Duration grace) throws IOException {
    AgentProcess process = AgentProcess.start(command, "r1", grace, new PrintWriter(err, true));
    processes.add(process);
    FutureTask<AgentProcess.End> task =
        new FutureTask<>(() -> process.run(request, (type, data) -> events.add(type + data)));
    return new Running(Thread.ofVirtual().start(task), task);
  }

  /// The id that a program wrote into a file.
  private ProcessHandle child(String file) throws IOException {
    Path path = folder.resolve(file);
    Await.until(file, () -> path.toFile().length() > 1 && read(path).endsWith("\n"));
    return ProcessHandle.of(Long.parseLong(read(path).strip())).orElseThrow();
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      return "";
    }
  }

  private static void awaitGone(ProcessHandle handle) {
    Await.until("end of " + handle.pid(), () -> !handle.isAlive());
  }

  @Test
  void givesTheRequestAndMakesEventsOfLines() throws Exception {
    AgentProcess.End end =
        run(
            "read line; echo \"got $line\"; echo '{\"type\":\"step\",\"node\":\"n\"}'",
            "{\"a\":1}\n");
    assertThat(events)
        .containsExactly(
            "token_chunk{\"text\":\"got {\\\"a\\\":1}\\n\"}", "node_end{\"node\":\"n\"}");
    assertThat(end).isEqualTo(new AgentProcess.End(0, null, null));
  }

  @Test
  void passesTextOnBeforeItsLineIsComplete() throws Exception {
    Path go = folder.resolve("go");
    Running running =
        start(
            "printf 'to '; while [ ! -e %s ]; do sleep 0.01; done; printf '{\"type\":\"a\"}\\n'"
                .formatted(go),
            "",
            LONG);
    Await.until("text", () -> !events.isEmpty());
    assertThat(events).containsExactly("token_chunk{\"text\":\"to \"}");
    Files.createFile(go);
    running.end();
    assertThat(String.join("", events)).endsWith("{\"text\":\"{\\\"type\\\":\\\"a\\\"}\\n\"}");
  }

  @Test
  void anEventWaitsUntilItsLineIsComplete() throws Exception {
    run("printf ' {\"type\":'; sleep 0.05; printf '\"a\"}'", "");
    assertThat(events).containsExactly("a{}");
  }

  @Test
  void keepsOurTokenFromTheProgram() throws Exception {
    run("echo \"[$PUSHROD_TOKEN]$PYTHONUNBUFFERED\"", "");
    assertThat(events).containsExactly("token_chunk{\"text\":\"[]1\\n\"}");
  }

  @Test
  void endsWithWhatTheProgramNamesAsItsResult() throws Exception {
    assertThat(run("echo '{\"type\":\"result\",\"output\":[1]}'", "").output()).isEqualTo("[1]");
  }

  @Test
  void tellsTheExitCode() throws Exception {
    assertThat(run("exit 7", "").exitCode()).isEqualTo(7);
  }

  @Test
  void passesErrorsOnBehindTheIdOfTheRun() throws Exception {
    run("echo one >&2; echo two >&2", "");
    assertThat(err.toString()).isEqualTo("[r1] one\n[r1] two\n");
  }

  @Test
  void theFirstReportedErrorCounts() throws Exception {
    AgentProcess.End end =
        run(
            "echo '{\"type\":\"error\",\"code\":\"a\"}'; echo '{\"type\":\"error\",\"code\":\"b\"}'",
            "");
    assertThat(end.failure()).extracting(AgentLine.Failure::code).isEqualTo("a");
  }

  /// Prints an event with so many characters in its line.
  private static String event(int length) {
    return "printf '{\"type\":\"a\",\"b\":\"'; head -c %d /dev/zero | tr '\\0' x; printf '\"}'; echo"
        .formatted(length - 19);
  }

  @Test
  void anEventOfTheLongestLengthPasses() throws Exception {
    assertThat(run(event(65_536), "").failure()).isNull();
    assertThat(events).hasSize(1).first().asString().startsWith("a{");
  }

  @Test
  void aLongerEventFailsTheRunAndKillsTheProgram() throws Exception {
    AgentProcess.End end = run(event(65_537) + "; sleep 600", "");
    assertThat(end.failure()).extracting(AgentLine.Failure::code).isEqualTo("line_too_long");
    assertThat(events).isEmpty();
  }

  @Test
  void textMayHaveAnyLength() throws Exception {
    assertThat(run("head -c 200000 /dev/zero | tr '\\0' y", "").failure()).isNull();
    assertThat(String.join("", events).replaceAll("[^y]", "")).hasSize(200_000);
  }

  @Test
  void aProgramThatDoesNotReadItsRequestIsServed() throws Exception {
    assertThat(run("echo hi", "x".repeat(1_000_000)).exitCode()).isZero();
    assertThat(events).containsExactly("token_chunk{\"text\":\"hi\\n\"}");
  }

  @Test
  void whatTheProgramLeavesBehindIsKilled() throws Exception {
    AgentProcess.End end = run("sleep 600 & echo $! >" + folder.resolve("pid") + "; echo done", "");
    assertThat(end.exitCode()).isZero();
    awaitGone(child("pid"));
  }

  @Test
  void anInterruptEndsTheProgramAndItsChildren() throws Exception {
    Running running =
        start("sleep 600 & echo $! >" + folder.resolve("pid") + "; wait; echo no", "", LONG);
    ProcessHandle child = child("pid");
    running.interrupt();
    assertThatThrownBy(running::end).hasCauseInstanceOf(InterruptedException.class);
    awaitGone(child);
  }

  @Test
  void aProgramMayTidyUpBeforeItEnds() throws Exception {
    Running running =
        start("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done", "", LONG);
    Await.until("start", () -> !events.isEmpty());
    running.interrupt();
    assertThatThrownBy(running::end).hasCauseInstanceOf(InterruptedException.class);
    assertThat(events).last().isEqualTo("token_chunk{\"text\":\"bye\\n\"}");
  }

  @Test
  void aProgramThatDoesNotListenIsKilledAfterTheGrace() throws Exception {
    Running running =
        start("trap '' TERM; echo up; while :; do sleep 0.01; done", "", Duration.ofMillis(50));
    Await.until("start", () -> !events.isEmpty());
    running.interrupt();
    assertThatThrownBy(running::end).hasCauseInstanceOf(InterruptedException.class);
  }

  @Test
  void aSecondInterruptDoesNotWaitForTheGrace() throws Exception {
    Running running =
        start("trap 'echo told' TERM; echo up; while :; do sleep 0.01; done", "", LONG);
    Await.until("start", () -> !events.isEmpty());
    running.interrupt();
    Await.until("SIGTERM", () -> events.size() == 2);
    running.interrupt();
    assertThatThrownBy(running::end).hasCauseInstanceOf(InterruptedException.class);
  }

  @Test
  void aRunThatTakesNoMoreEndsTheProgram() throws Exception {
    AgentProcess process =
        AgentProcess.start("while :; do echo x; done", "r1", LONG, new PrintWriter(err));
    assertThatThrownBy(
            () ->
                process.run(
                    "",
                    (type, data) -> {
                      throw new IllegalStateException("over");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("over");
  }

  @Test
  void withoutSetsidTheDescendantsAreSignalled() throws Exception {
    ProcessGroup group =
        ProcessGroup.start(
            "sleep 600 & echo $! >" + folder.resolve("pid") + "; wait; sleep 600", List.of());
    try {
      ProcessHandle child = child("pid");
      group.kill();
      awaitGone(child);
      assertThat(group.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      group.process().destroyForcibly();
    }
  }
}
