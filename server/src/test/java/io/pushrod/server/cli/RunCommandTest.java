package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `pushrod run` before a server that answers as it is told.
@Timeout(60)
class RunCommandTest {
  private static final String STARTED = event(1, "started", "\"agent_name\":\"echo\"");
  private static final String TOKEN = event(2, "token", "\"content\":\"hi\"");
  private static final String COMPLETE = event(3, "complete", "\"output\":null");

  private final TestCommand command = new TestCommand();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> streams = new ArrayList<>(List.of(STARTED + TOKEN + COMPLETE));
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private int startStatus = 202;
  private String startAnswer = "{\"run_id\":\"r1\",\"status\":\"accepted\"}";
  private HttpServer server;

  private static String event(int sequence, String type, String members) {
    return "id: k3-%d\nevent: %s\ndata: {\"id\":\"evt-0\",\"type\":\"%s\",\"run_id\":\"r1\",\"sequence\":%d,%s}\n\n"
        .formatted(sequence, type, type, sequence, members);
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/runs", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    cancelled.countDown();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
    requests.add(
        exchange.getRequestMethod()
            + ' '
            + exchange.getRequestURI()
            + (body.isEmpty() ? "" : ' ' + body)
            + (last == null ? "" : " after " + last));
    if (exchange.getRequestURI().getPath().endsWith("/events")) {
      stream(exchange);
    } else if (exchange.getRequestURI().getPath().endsWith("/cancel")) {
      cancelled.countDown();
      respond(exchange, 202, "{}");
    } else {
      respond(exchange, startStatus, startAnswer);
    }
  }

  private void stream(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    String text = streams.removeFirst();
    Iterator<String> parts = List.of(text.split("WAIT", -1)).iterator();
    exchange.getResponseBody().write(parts.next().getBytes(StandardCharsets.UTF_8));
    exchange.getResponseBody().flush();
    if (parts.hasNext()) {
      try {
        cancelled.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      exchange.getResponseBody().write(parts.next().getBytes(StandardCharsets.UTF_8));
    }
    exchange.close();
  }

  private static void respond(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private int run(String... options) {
    List<String> arguments = new ArrayList<>(List.of("run", "--token", "t", "--url", url() + "/"));
    arguments.addAll(List.of(options));
    return command.run(arguments.toArray(String[]::new));
  }

  @Test
  void startsARunAndShowsItToItsEnd() {
    assertThat(run("--agent", "echo", "--input", "{\"text\":\"hi\"}")).isZero();
    assertThat(command.out()).isEqualTo("hi\n");
    assertThat(command.err()).isEqualTo("pushrod: run r1\npushrod: run r1 completed, 1 token\n");
    assertThat(requests)
        .containsExactly(
            "POST /runs?agent=echo {\"text\":\"hi\"}",
            "GET /runs/r1/events?from_sequence=1&timeout=3600");
  }

  @Test
  void namesTheRunAndItsThread() {
    run("--agent", "echo", "--run-id", "r1", "--thread", "42", "--input", " { \"a\":1}");
    run("--agent", "echo", "--thread", "42", "--detach");
    assertThat(requests)
        .contains(
            "POST /runs?agent=echo&run_id=r1 {\"thread_id\":\"42\",\"a\":1}",
            "POST /runs?agent=echo {\"thread_id\":\"42\"}");
  }

  @Test
  void readsTheInputFromStandardInput() {
    command.in = new ByteArrayInputStream("{\"a\":\"é\"}\n".getBytes(StandardCharsets.UTF_8));
    run("--agent", "echo", "--input", "-");
    assertThat(requests.getFirst()).isEqualTo("POST /runs?agent=echo {\"a\":\"é\"}");
  }

  @Test
  void leavesADetachedRunAndPrintsItsId() {
    assertThat(run("--agent", "echo", "--detach")).isZero();
    assertThat(command.out()).isEqualTo("r1\n");
    assertThat(requests).hasSize(1);
  }

  @Test
  void attachesToARunFromItsBeginning() {
    assertThat(run("--attach", "r1")).isZero();
    assertThat(command.out()).isEqualTo("hi\n");
    assertThat(requests).containsExactly("GET /runs/r1/events?from_sequence=1&timeout=3600");
  }

  @Test
  void resumesBehindTheLastEventWhenTheConnectionBreaks() {
    streams.set(0, STARTED + TOKEN);
    streams.add(COMPLETE);
    assertThat(run("--attach", "r1")).isZero();
    assertThat(command.out()).isEqualTo("hi\n");
    assertThat(requests).last().asString().endsWith("&timeout=3600 after k3-2");
  }

  @Test
  void tellsByItsExitCodeHowTheRunEnded() {
    streams.set(0, STARTED + event(2, "error", "\"code\":\"exit_1\",\"error\":\"bad\""));
    assertThat(run("--attach", "r1")).isEqualTo(1);
    assertThat(command.err()).isEqualTo("pushrod: run r1 failed, 0 tokens: exit_1: bad\n");
    streams.add(STARTED + event(2, "cancelled", "\"reason\":\"enough\",\"by\":\"ann\""));
    assertThat(run("--attach", "r1")).isEqualTo(130);
  }

  @Test
  void theFirstInterruptCancelsAndTheRunIsShownToItsEnd() throws Exception {
    streams.set(0, STARTED + TOKEN + "WAIT" + event(3, "cancelled", "\"reason\":\"no\""));
    StringWriter err = new StringWriter();
    StringWriter out = new StringWriter();
    FutureTask<Integer> exit = follow(out, err, 1);
    assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(130);
    assertThat(requests).contains("POST /runs/r1/cancel {\"how\":\"now\"}");
    assertThat(out.toString()).isEqualTo("hi\n");
    assertThat(err.toString())
        .isEqualTo(
            """
            pushrod: cancelling run r1; Ctrl-C again leaves it
            pushrod: run r1 cancelled, 1 token: no
            """);
  }

  @Test
  void theSecondInterruptLeavesTheRun() throws Exception {
    streams.set(0, STARTED + "WAITWAIT");
    StringWriter err = new StringWriter();
    FutureTask<Integer> exit = follow(new StringWriter(), err, 2);
    assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(130);
    assertThat(err.toString()).endsWith("look again with: pushrod run --attach r1\n");
  }

  /// Follows the run on a thread of its own, which is interrupted so often.
  private FutureTask<Integer> follow(StringWriter out, StringWriter err, int interrupts)
      throws InterruptedException {
    FutureTask<RunFollower> made = new FutureTask<>(() -> follower(out, err));
    FutureTask<Integer> exit = new FutureTask<>(() -> made.get().follow());
    Thread.ofVirtual()
        .start(
            () -> {
              made.run();
              exit.run();
            });
    while (requests.isEmpty()) {
      Thread.onSpinWait();
    }
    for (int i = 0; i < interrupts; i++) {
      try {
        made.get().onInterrupt();
      } catch (ExecutionException e) {
        throw new AssertionError(e);
      }
    }
    return exit;
  }

  private RunFollower follower(StringWriter out, StringWriter err) {
    PrintWriter errors = new PrintWriter(err, true);
    RunReader reader =
        new RunReader("r1", new PrintWriter(out), errors, new ProgressLine(errors, false), false);
    return new RunFollower("r1", new RunClient(url(), "t"), reader, errors);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"success\":false,\"error\":\"no such agent\",\"code\":\"NOT_FOUND\"}",
        "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no such agent\"}}",
        "{\"detail\":{\"error\":\"NOT_FOUND\",\"message\":\"no such agent\",\"details\":null}}"
      })
  void tellsWhyARunCannotStart(String answer) {
    startStatus = 404;
    startAnswer = answer;
    assertThat(run("--agent", "echo")).isEqualTo(1);
    assertThat(command.err()).isEqualTo("pushrod: NOT_FOUND: no such agent\n");
  }

  @Test
  void anAnswerThatNamesNoRunIsNoPushrod() {
    startAnswer = "<html>";
    assertThat(run("--agent", "echo")).isEqualTo(1);
    assertThat(command.err()).contains("(expected: a Pushrod)");
  }

  @Test
  void aServerThatIsNotThereIsOneLine() {
    server.stop(0);
    assertThat(run("--agent", "echo")).isEqualTo(1);
    assertThat(command.err()).hasLineCount(1).startsWith("pushrod: cannot reach http://127.0.0.1:");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("--agent", "a", "--attach", "b")).isEqualTo(2);
    assertThat(run("--attach", "b", "--detach")).isEqualTo(2);
    assertThat(run("--attach", "../x")).isEqualTo(2);
    assertThat(run("--agent", "a", "--run-id", "-")).isEqualTo(2);
    assertThat(run("--agent", "a", "--thread", "\"")).isEqualTo(2);
    assertThat(run("--agent", "a", "--input", "[1]")).isEqualTo(2);
    assertThat(run("--agent", "a", "--input", "{oops")).isEqualTo(2);
    assertThat(run("--agent", "a", "--url", "ftp://x")).isEqualTo(2);
    assertThat(command.err()).hasLineCount(1);
    assertThat(requests).isEmpty();
  }
}
