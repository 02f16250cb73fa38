package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.LocalIssuer;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A server whose tokens come from an issuer that is down, comes up, rotates its keys, and
/// misleads.
class IssuerTest {
  private static final String FETCHES = "pushrod_jwks_fetches_total{result=\"ok\"}";
  private final LocalIssuer issuer = new LocalIssuer();

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          issuer.setting(), "auth.jwks.min_interval=100ms", "quotas.connections_per_user=0");

  @AfterEach
  void stopIssuer() {
    issuer.close();
  }

  private HttpResponse<String> history(String token) {
    return server.send(
        HttpRequest.newBuilder(server.http("/v1/topics/t/events"))
            .header("Authorization", "Bearer " + token));
  }

  private void awaitAccepted(String token) {
    Await.until("token accepted", () -> history(token).statusCode() == 200);
  }

  // Down.

  @Test
  void startsWhileItsIssuerIsDownAndTellsEachTransportToComeBack() {
    String token = issuer.token();

    HttpResponse<String> answer = history(token);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("\"unavailable\"");
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();

    HttpResponse<String> stream =
        server.send(HttpRequest.newBuilder(server.http("/v1/sse?topics=t&token=" + token)));
    assertThat(stream.statusCode()).isEqualTo(200);
    assertThat(stream.headers().firstValue("Content-Type")).hasValue("text/event-stream");
    assertThat(stream.body()).contains("retry: ", "\"op\":\"close\"", "auth_unavailable");

    assertThat(server.ws("/v1/ws?token=" + token).closeCode())
        .isEqualTo(CloseReason.AUTH_UNAVAILABLE.code())
        .isEqualTo(4007);

    try (IngestClient publisher = new IngestClient(server.server().ingestPort())) {
      publisher.hello("p", 1, token);
      IngestFrame.Goaway goaway = publisher.goaway();
      assertThat(goaway.code()).isEqualTo(4007);
    }
    assertThat(server.count(Counter.AUTH_UNAVAILABLE)).isGreaterThanOrEqualTo(4);
    assertThat(ErrorCode.UNAVAILABLE.status()).isEqualTo(503);
  }

  @Test
  void worksOnceItsIssuerIsUp() {
    String token = issuer.token();
    assertThat(history(token).statusCode()).isEqualTo(503);
    issuer.answers(200);
    awaitAccepted(token);
    RawWs socket = server.rawWsAt("/v1/ws?token=" + token, 0, new byte[0]);
    assertThat(socket.nextText()).contains("\"authenticated\":true");
  }

  @Test
  void tokensOfItsOwnKeysDoNotWaitForAnIssuer() {
    assertThat(history(server.token()).statusCode()).isEqualTo(200);
  }

  // Rotation and outage.

  @Test
  void takesTheNewKeyWhenATokenNamesIt() {
    issuer.answers(200);
    String old = issuer.token();
    awaitAccepted(old);
    issuer.rotate("k2");
    awaitAccepted(issuer.token());
    Await.until("old key refused", () -> history(old).statusCode() == 401);
  }

  @Test
  void keepsTheOldKeysThroughAnOutage() {
    issuer.answers(200);
    awaitAccepted(issuer.token());
    issuer.answers(500);
    int before = issuer.fetches();
    Await.until(
        "three fetches that failed",
        () -> {
          assertThat(history(issuer.token("nobody")).statusCode()).isIn(401, 503);
          return issuer.fetches() >= before + 3;
        });
    assertThat(history(issuer.token()).statusCode()).isEqualTo(200);
  }

  // Misleading.

  @Test
  void followsNoRedirect() {
    issuer.answers(302);
    int before = issuer.fetches();
    Await.until(
        "two fetches",
        () -> {
          assertThat(history(issuer.token()).statusCode()).isEqualTo(503);
          return issuer.fetches() >= before + 2;
        });
    assertThat(issuer.redirected()).isZero();
  }

  @Test
  void aThousandRandomKeyIdsCostNoFetchWithinTheInterval() throws Exception {
    issuer.answers(200);
    server.restart("auth.jwks.min_interval=1h");
    int before = issuer.fetches();
    assertThat(history(issuer.token()).statusCode()).isEqualTo(200);
    List<Future<Integer>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
      for (int i = 0; i < 1_000; i++) {
        String token = issuer.token("random" + i);
        answers.add(threads.submit(() -> history(token).statusCode()));
      }
    }
    for (Future<Integer> each : answers) {
      assertThat(each.get()).isEqualTo(401);
    }
    assertThat(issuer.fetches()).isEqualTo(before);
    assertThat(server.scraped(FETCHES)).isEqualTo(1);
  }
}
