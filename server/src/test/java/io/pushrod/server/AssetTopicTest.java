package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.PublisherConfig;
import io.pushrod.client.Worker;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Files belong to runs and threads, under the rules of those.
@Tag("acceptance")
final class AssetTopicTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer("auth.owned_topics=thread/*", "server.event_loops=2");

  private final AssetClient assets = new AssetClient(server);
  private final RunsClient runs = new RunsClient(server);

  private HttpResponse<String> attach(String token, String query) {
    return assets.upload(token, query + "&filename=a.txt", "text/plain", "hi".getBytes(UTF_8));
  }

  private Worker worker(CountDownLatch goOn) {
    return Worker.of(
            PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "worker")
                .withToken(server::workerToken))
        .agent(
            "echo",
            1,
            (_, run) -> {
              run.token("hi");
              return goOn.await(10, TimeUnit.SECONDS) ? null : "{}";
            })
        .start();
  }

  @Test
  void aRunThatIsUnderWayIsToldOfItsStartersFile() {
    CountDownLatch goOn = new CountDownLatch(1);
    try (Worker _ = worker(goOn)) {
      server.startRun("echo", "r1", "{}");
      Await.until("it is under way", () -> events().contains("token_chunk"));
      assertThat(attach(assets.token("ann"), "run_id=r1").statusCode()).isEqualTo(201);
      assertThat(events()).contains("\"type\":\"artifact_written\"");
      goOn.countDown();
      Await.until("it is over", () -> runs.show("r1").body().contains("\"completed\""));
    }
    HttpResponse<String> late = attach(assets.token("ann"), "run_id=r1");
    assertThat(late.statusCode()).isEqualTo(201);
    assertThat(server.count(Counter.ASSETS_UNANNOUNCED)).isEqualTo(1);
    assertThat(assets.fetch(assets.token("ann"), Json.text(late.body(), "url")).body())
        .isEqualTo("hi");
  }

  private String events() {
    return server.fetch("/v1/topics/run/r1/events").body();
  }

  @Test
  void aFileOfADeclaredThreadIsForItsReaders() {
    String service = server.workerToken(List.of("*"), List.of("thread/*"));
    for (int thread = 1; thread <= 4; thread++) {
      HttpResponse<String> declared =
          server.send(
              HttpRequest.newBuilder(server.http("/v1/topics/thread/" + thread + "/readers"))
                  .header("Authorization", "Bearer " + service)
                  .PUT(BodyPublishers.ofString("{\"users\":[\"ann\",\"bob\"]}")));
      assertThat(declared.statusCode()).isBetween(200, 204);
      String query = "thread_id=" + thread;
      String url = Json.text(attach(assets.token("ann"), query).body(), "url");
      assertThat(assets.fetch(assets.token("bob"), url).statusCode()).isEqualTo(200);
      String eve = assets.token("eve", List.of("thread/*"), List.of());
      assertThat(assets.fetch(eve, url).statusCode()).isEqualTo(404);
      assertThat(attach(eve, query).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aStoreThatDoesNotWorkIsSaidSoAndNothingElseSuffers() throws IOException {
    Files.writeString(server.dataDir().resolve("assets"), "no folder");
    HttpResponse<String> answer = attach(assets.token("ann"), "x=1");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).doesNotContain("assets/");
    assertThat(server.count(Counter.ASSET_STORE_FAILED)).isEqualTo(1);
    server.publish("thread/7", "token_chunk", "{\"text\":\"x\"}");
    Files.delete(server.dataDir().resolve("assets"));
    assertThat(attach(assets.token("ann"), "x=1").statusCode()).isEqualTo(201);
  }
}
