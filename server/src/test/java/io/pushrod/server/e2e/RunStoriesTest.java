package io.pushrod.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Await;
import io.pushrod.server.support.CuttingProxy;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.SseClient.Dispatched;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of a run when viewers, workers and connections come and go. The agent is a program,
/// which `pushrod worker` starts.
@Timeout(120)
final class RunStoriesTest {
  /// Says `t1` to `t300`, for some seconds.
  private static final String COUNTS =
      "i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo t$i; sleep 0.01; done";

  /// Goes on for ever, unless it is asked to be quick.
  private static final String ENDLESS =
      "read line; case $line in *quick*) echo done; exit;; esac;"
          + " echo $$ > pid; while :; do echo x; sleep 0.01; done";

  @TempDir Path folder;

  @RegisterExtension final RunningServer server = new RunningServer("runs.lease=2s");

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  // What there is.

  private PushrodProcess worker(String program) {
    return worker(server.server().ingestPort(), program);
  }

  private PushrodProcess worker(int port, String program) {
    PushrodProcess worker =
        command("worker", "--server", "127.0.0.1:" + port, "--agent", "echo", "--exec", program);
    worker.awaitText("taking runs of agent echo");
    return worker;
  }

  private PushrodProcess command(String... arguments) {
    List<String> words = new ArrayList<>(List.of(arguments));
    words.addAll(List.of("--data-dir", server.dataDir().toString(), "--tenant", "acme"));
    PushrodProcess process = PushrodProcess.start(folder, words.toArray(String[]::new));
    open.add(process);
    return process;
  }

  private void start(String id, String input) {
    HttpResponse<String> answer = server.post("/runs?agent=echo&run_id=" + id, input);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  /// Reads from the beginning, unless headers say where.
  private SseClient viewer(String id, String... headers) {
    return server.sseAt("/runs/" + id + "/events?from_sequence=1&token=" + server.token(), headers);
  }

  private static List<Dispatched> readUntil(SseClient viewer, String text) {
    List<Dispatched> events = new ArrayList<>();
    do {
      events.add(viewer.nextEvent());
      if (events.getLast().data().equals("end of stream")) {
        throw new AssertionError("event: none with " + text + " in " + events);
      }
    } while (!events.getLast().data().contains(text));
    return events;
  }

  private static String text(List<Dispatched> events) {
    return events.stream()
        .map(Dispatched::data)
        .filter(data -> data.contains("\"type\":\"token\""))
        .map(data -> Json.text(data, "content"))
        .collect(Collectors.joining());
  }

  /// As JSON spells it.
  private static String counted() {
    return IntStream.rangeClosed(1, 300)
        .mapToObj(i -> "t" + i + "\\n")
        .collect(Collectors.joining());
  }

  private ProcessHandle program() throws IOException {
    Path pid = folder.resolve("pid");
    Await.until("pid", () -> pid.toFile().length() > 1);
    return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
  }

  private static void awaitGone(ProcessHandle program) {
    Await.until("end of the program", () -> !program.isAlive());
  }

  private String state(String id) {
    return server.fetch("/runs/" + id).body();
  }

  // Stories.

  @Test
  void whoClosesTheLaptopAndComesBackMissesNothing() throws IOException {
    worker(COUNTS);
    start("r1", "{}");
    SseClient first = viewer("r1");
    List<Dispatched> events = readUntil(first, "t50\\n");
    first.close();

    SseClient again = viewer("r1", "Last-Event-ID", events.getLast().id());
    events.addAll(readUntil(again, "\"type\":\"complete\""));

    assertThat(again.ends()).isTrue();
    assertThat(text(events)).isEqualTo(counted());
    assertThat(events.getFirst().data()).contains("\"type\":\"started\"", "\"sequence\":1,");
  }

  @Test
  void whoComesWhenAllIsOverSeesItAll() {
    worker(COUNTS);
    start("r1", "{}");
    readUntil(viewer("r1"), "\"type\":\"complete\"");

    SseClient late = viewer("r1");
    assertThat(text(readUntil(late, "\"type\":\"complete\""))).isEqualTo(counted());
    assertThat(late.ends()).isTrue();
  }

  @Test
  void aCancelEndsTheProgramAndTellsAllViewersWhoAndWhy() throws IOException {
    worker(ENDLESS);
    start("r1", "{}");
    SseClient one = viewer("r1");
    SseClient other = viewer("r1");
    readUntil(one, "\"type\":\"token\"");
    readUntil(other, "\"type\":\"token\"");
    ProcessHandle program = program();

    HttpResponse<String> answer = server.send(delete("bob", "r1", "too%20long"));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    for (SseClient viewer : List.of(one, other)) {
      assertThat(readUntil(viewer, "\"type\":\"cancelled\"").getLast().data())
          .contains("\"reason\":\"too long\"", "\"by\":\"bob\"");
      assertThat(viewer.ends()).isTrue();
    }
    awaitGone(program);
    assertThat(state("r1")).contains("\"status\":\"cancelled\"");
  }

  private HttpRequest.Builder delete(String user, String id, String reason) {
    String token = server.token(user, "acme", List.of("*"), List.of("*"), Duration.ofHours(1));
    return HttpRequest.newBuilder(server.http("/runs/" + id + "?reason=" + reason))
        .header("Authorization", "Bearer " + token)
        .DELETE();
  }

  @Test
  void aWorkerThatIsKilledLeavesNoRunBehind() throws IOException {
    PushrodProcess worker = worker(ENDLESS);
    start("r1", "{}");
    SseClient viewer = viewer("r1");
    readUntil(viewer, "\"type\":\"token\"");
    ProcessHandle program = program();

    worker.signal("KILL");

    List<Dispatched> events = readUntil(viewer, "\"type\":\"error\"");
    assertThat(events.getLast().data()).contains("\"code\":\"producer_lost\"");
    assertThat(events).anyMatch(event -> event.data().contains("\"type\":\"stalled\""));
    assertThat(viewer.ends()).isTrue();
    awaitGone(program);
  }

  @Test
  void aWorkerThatWasGivenUpChangesNothingWhenItComesBack() throws IOException {
    PushrodProcess worker = worker(ENDLESS);
    start("r1", "{}");
    SseClient viewer = viewer("r1");
    readUntil(viewer, "\"type\":\"token\"");
    ProcessHandle program = program();
    worker.signal("STOP");
    String last = readUntil(viewer, "\"code\":\"producer_lost\"").getLast().id();

    worker.signal("CONT");

    awaitGone(program);
    start("r2", "{\"quick\":true}");
    assertThat(text(readUntil(viewer("r2"), "\"type\":\"complete\""))).isEqualTo("done\\n");
    SseClient late = viewer("r1");
    List<Dispatched> all = readUntil(late, "\"code\":\"producer_lost\"");
    assertThat(late.ends()).isTrue();
    assertThat(all.getLast().id()).isEqualTo(last);
  }

  @Test
  void aBrokenConnectionOfTheWorkerLosesNothing() throws IOException {
    CuttingProxy proxy = new CuttingProxy(server.server().ingestPort(), List.of());
    open.add(proxy);
    worker(proxy.port(), COUNTS);
    start("r1", "{}");
    SseClient viewer = viewer("r1");
    List<Dispatched> events = readUntil(viewer, "t20\\n");
    proxy.cut();
    events.addAll(readUntil(viewer, "t150\\n"));
    proxy.cut();
    events.addAll(readUntil(viewer, "\"type\":\"complete\""));
    assertThat(text(events)).isEqualTo(counted());
  }

  @Test
  void aProgramThatFailsFailsItsRun() {
    worker("echo half; exit 7");
    start("r1", "{}");
    assertThat(readUntil(viewer("r1"), "\"type\":\"error\"").getLast().data())
        .contains("\"code\":\"exit_7\"");
    assertThat(state("r1")).contains("\"status\":\"failed\"", "exit_7");
  }

  @Test
  void aWorkerThatIsAskedToLeaveFinishesWhatRuns() throws IOException {
    PushrodProcess worker = worker("echo up; while [ ! -e go ]; do sleep 0.01; done; echo end");
    start("r1", "{}");
    SseClient viewer = viewer("r1");
    readUntil(viewer, "\"content\":\"up\\n\"");
    worker.signal("TERM");
    worker.awaitText("waiting for what runs: 1");
    start("r2", "{}");
    Files.createFile(folder.resolve("go"));
    readUntil(viewer, "\"type\":\"complete\"");
    assertThat(worker.exitCode()).isZero();
    assertThat(state("r2")).contains("\"status\":\"accepted\"");
  }

  @Test
  void aSecondSignalEndsThePrograms() throws IOException {
    PushrodProcess worker = worker(ENDLESS);
    start("r1", "{}");
    SseClient viewer = viewer("r1");
    readUntil(viewer, "\"type\":\"token\"");
    ProcessHandle program = program();
    worker.signal("TERM");
    worker.awaitText("waiting for what runs: 1");
    worker.signal("TERM");
    assertThat(readUntil(viewer, "\"type\":\"error\"").getLast().data())
        .contains("\"code\":\"worker_stopped\"");
    awaitGone(program);
    assertThat(worker.exitCode()).isZero();
  }

  @Test
  void ctrlCCancelsTheRunThatIsShown() throws IOException {
    worker(ENDLESS);
    PushrodProcess run =
        command("run", "--agent", "echo", "--run-id", "r1", "--url", server.http("").toString());
    run.awaitText("x\nx\n");
    ProcessHandle program = program();
    run.signal("INT");
    assertThat(run.exitCode()).isEqualTo(130);
    assertThat(run.said())
        .contains("pushrod: cancelling run r1; Ctrl-C again leaves it")
        .containsPattern("pushrod: run r1 cancelled by cli in [0-9.]+ s, [0-9]+ tokens: ");
    awaitGone(program);
  }
}
