package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.PublisherConfig;
import io.pushrod.client.RunFailed;
import io.pushrod.client.RunHandler;
import io.pushrod.client.Worker;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.CuttingProxy;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The Java client does runs.
@Timeout(60)
@Tag("acceptance")
final class JavaWorkerTest {
  /// Its connections may break as often as they do, and its runs may be slow, without a word of the
  /// server's.
  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "server.event_loops=2", "runs.attempts=1000", "streaming.events.heartbeat_interval=300");

  @Test
  void streamsAndSettlesARun() {
    WsClient reader = server.ws();
    reader.subscribe("run/r1", "");
    try (Worker _ =
        echo(
            server.server().ingestPort(),
            (request, run) -> {
              run.forward(List.of("a", "b"));
              return request.input();
            })) {
      server.startRun("echo", "r1", "{\"text\":\"hi\"}");

      List<String> events = reader.nextEvents(4);

      assertThat(events)
          .extracting(e -> Json.text(e, "type"))
          .containsExactly("run_start", "token_chunk", "token_chunk", "run_end");
      assertThat(events.getLast()).contains("\"output\":{\"text\":\"hi\"}");
    }
  }

  @Test
  void failsARunAsItsHandlerSays() {
    WsClient reader = server.ws();
    reader.subscribe("run/r1", "");
    try (Worker _ =
        echo(
            server.server().ingestPort(),
            (_, _) -> {
              throw new RunFailed("model_gone", "no more", true);
            })) {
      server.startRun("echo", "r1", "{}");

      assertThat(reader.nextEvents(2).getLast())
          .contains("\"type\":\"error\"", "\"code\":\"model_gone\"", "\"retryable\":true");
    }
  }

  @Test
  void interruptsARunThatIsCancelled() {
    WsClient reader = server.ws();
    reader.subscribe("run/r1", "");
    var never = new CountDownLatch(1);
    try (Worker _ =
        echo(
            server.server().ingestPort(),
            (_, run) -> {
              run.token("begun");
              never.await();
              return null;
            })) {
      server.startRun("echo", "r1", "{}");
      reader.nextEvents(2);

      server.ws().send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r1\",\"reason\":\"enough\"}");

      List<String> events = reader.nextEvents(2);
      assertThat(events)
          .extracting(e -> Json.text(e, "type"))
          .containsExactly("cancelling", "cancelled");
      assertThat(events.getLast()).contains("\"by\":\"ann\"", "\"reason\":\"enough\"");
    }
  }

  @Test
  void losesAndRepeatsNothingWhileItsConnectionsBreak() throws Exception {
    int runs = 60;
    int tokens = 40;
    List<String> all = IntStream.range(0, tokens).mapToObj(i -> "t" + i).toList();
    List<Integer> budgets = new Random(5).ints(40, 400, 6_400).boxed().toList();
    try (CuttingProxy proxy = new CuttingProxy(server.server().ingestPort(), budgets);
        Worker _ =
            echo(
                proxy.port(),
                (_, run) -> {
                  run.forward(all);
                  return "1";
                })) {
      for (int run = 0; run < runs; run++) {
        server.startRun("echo", "r" + run, "{}");
      }
      for (int run = 0; run < runs; run++) {
        String path = "/v1/topics/run/r" + run + "/events?limit=1000";
        Await.until("end of r" + run, () -> ended(server.fetch(path).body()));
        String history = server.fetch(path).body();
        assertThat(history).contains("\"type\":\"run_end\"");
        assertThat(Json.number(history, "last")).as(history).isEqualTo(tokens + 2);
        assertThat(texts(history)).isEqualTo(all);
      }
    }
  }

  private static List<String> texts(String history) {
    return Pattern.compile("\"text\":\"(t\\d+)\"")
        .matcher(history)
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  private static boolean ended(String history) {
    return history.contains("\"type\":\"run_end\"") || history.contains("\"type\":\"error\"");
  }

  private Worker echo(int port, RunHandler handler) {
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", port, "w")
            .withToken(server::workerToken)
            .withTiming(
                new PublisherConfig.Timing(
                    Duration.ofSeconds(10),
                    Duration.ofMillis(1),
                    Duration.ofMillis(20),
                    Duration.ofSeconds(2)));
    return Worker.of(config).agent("echo", 8, handler).start();
  }
}
