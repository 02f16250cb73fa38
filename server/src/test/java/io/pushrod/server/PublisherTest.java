package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.CuttingProxy;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The client module's publisher against a real server, over a network that fails.
@Tag("acceptance")
final class PublisherTest {
  private static final int EVENTS = 5000;

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");

  @Test
  void publishesEachEventOnceAndInOrderOverAConnectionThatIsCutAgainAndAgain() throws Exception {
    List<Integer> budgets = new Random(7).ints(40, 500, 40_000).boxed().toList();
    try (CuttingProxy proxy = new CuttingProxy(server.server().ingestPort(), budgets);
        Publisher publisher = Publisher.start(config(proxy))) {
      List<CompletableFuture<Published>> all = new ArrayList<>();
      for (int n = 1; n <= EVENTS; n++) {
        all.add(publisher.publish(note(n)));
      }

      for (int n = 1; n <= EVENTS; n++) {
        assertThat(all.get(n - 1).orTimeout(60, TimeUnit.SECONDS).join().sequences())
            .singleElement()
            .isIn(RunningServer.repeated(n));
      }
    }
    assertThat(stored(EVENTS)).isEqualTo(LongStream.rangeClosed(1, EVENTS).boxed().toList());
  }

  @Test
  void sendsWhatIsNotAcknowledgedToARestartedServer() throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(server.server().ingestPort(), List.of());
        Publisher publisher = Publisher.start(config(proxy))) {
      List<CompletableFuture<Published>> all = new ArrayList<>();
      for (int n = 1; n <= EVENTS / 2; n++) {
        all.add(publisher.publish(note(n)));
      }
      Await.until("an ack", all.getFirst()::isDone);
      server.stop();
      long acknowledged = all.stream().filter(CompletableFuture::isDone).count();
      for (int n = EVENTS / 2 + 1; n <= EVENTS; n++) {
        all.add(publisher.publish(note(n)));
      }
      server.start();
      proxy.target(server.server().ingestPort());
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
          .orTimeout(60, TimeUnit.SECONDS)
          .join();

      List<Long> stored = stored((int) lastSequence());
      assertThat(stored.getFirst()).isLessThanOrEqualTo(acknowledged + 1);
      assertThat(stored)
          .isEqualTo(LongStream.rangeClosed(stored.getFirst(), EVENTS).boxed().toList());
    }
  }

  private long lastSequence() {
    return Json.number(
            server
                .post(
                    "/v1/publish", "{\"topic\":\"thread/1\",\"type\":\"note\",\"data\":{\"n\":-1}}")
                .body(),
            "seq")
        - 1;
  }

  /// The numbers of the first `count` events in the topic.
  private List<Long> stored(int count) {
    WsClient reader = server.ws();
    reader.subscribe("thread/1", ",\"after\":\"earliest\"");
    return reader.nextEvents(count).stream().map(e -> Json.number(e, "n")).toList();
  }

  private static Publication note(int n) {
    return Publication.of("thread/1", "note", "{\"n\":" + n + "}");
  }

  private PublisherConfig config(CuttingProxy proxy) {
    String token = server.token();
    return PublisherConfig.of("127.0.0.1", proxy.port(), "agents")
        .withToken(() -> token)
        .withLimits(new PublisherConfig.Limits(1 << 20, 65_536, 4 << 10))
        .withTiming(
            new PublisherConfig.Timing(
                Duration.ofSeconds(10),
                Duration.ofMillis(1),
                Duration.ofMillis(20),
                Duration.ofSeconds(10)));
  }
}
