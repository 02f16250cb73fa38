package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Admin;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

@Tag("acceptance")
final class RevocationTest {
  private static final List<String> ALL = List.of("*");
  private static final String ANN = "{'tenant':'acme','user':'ann'}";
  private static final int REVOKED = CloseReason.TOKEN_REVOKED.code();

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");
  private final Admin admin = new Admin(server);

  private String token(String user, List<String> tenants, Instant issued) {
    return DevSecret.loadOrCreate(server.dataDir())
        .minter()
        .mint(
            new TokenRequest(
                "acme", user, List.of(), ALL, ALL, List.of(), tenants, Duration.ofHours(1)),
            ServerConfig.defaults(true).auth().claims(),
            issued);
  }

  /// JWTs say whole seconds: two seconds on is later for sure, and within the allowed skew.
  private String laterToken() {
    return token("ann", List.of(), Instant.now().plusSeconds(2));
  }

  private WsClient ws(String token) {
    WsClient client = server.ws("/v1/ws?token=" + token);
    assertThat(client.next()).contains("\"op\":\"welcome\"");
    return client;
  }

  private HttpResponse<String> publish(String token) {
    return server.send(
        HttpRequest.newBuilder(server.http("/v1/publish"))
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.ofString("{\"topic\":\"t\",\"type\":\"note\"}")));
  }

  private static String tokenId(String token) {
    String claims = token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'));
    return Json.text(
        new String(Base64.getUrlDecoder().decode(claims), StandardCharsets.UTF_8), "jti");
  }

  // What is open.

  @Test
  void closesWhatAUserHasOpenOnEveryTransport() {
    String token = server.token();
    WsClient webSocket = ws(token);
    webSocket.subscribe("t", "");
    SseClient sse = server.sseAt("/v1/sse?topic=t&token=" + token);
    sse.next();
    WsClient bob = ws(token("bob", List.of(), Instant.now()));
    try (IngestClient ingest = IngestClient.ready(server, "p", 1)) {
      HttpResponse<String> answer = admin.revoke(ANN);

      assertThat(answer.statusCode()).isEqualTo(201);
      assertThat(answer.body())
          .contains("\"id\":\"rev_", "\"tenant\":\"acme\"", "\"user\":\"ann\"");
      assertThat(Json.number(answer.body(), "closed")).isEqualTo(3);
      assertThat(webSocket.next())
          .contains("\"op\":\"close\"", "\"reason\":\"token_revoked\"", "\"reconnect\":false")
          .contains("\"cursors\":{\"t\":");
      assertThat(webSocket.closeCode()).isEqualTo(REVOKED);
      assertThat(sse.next().data()).contains("\"op\":\"close\"", "\"reason\":\"token_revoked\"");
      assertThat(sse.ends()).isTrue();
      IngestFrame.Goaway goaway = ingest.goaway();
      assertThat(goaway.code()).isEqualTo(REVOKED);
      assertThat(goaway.reconnect()).isFalse();
    }
    bob.send("{\"op\":\"ping\",\"id\":1}");
    assertThat(bob.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":1}");
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.TOKEN_REVOKED)).isEqualTo(1);
    assertThat(server.closed(Transport.SSE, CloseReason.TOKEN_REVOKED)).isEqualTo(1);
    assertThat(server.closed(Transport.INGEST, CloseReason.TOKEN_REVOKED)).isEqualTo(1);
  }

  @Test
  void closesAConnectionThatTookTheTokenByCommand() {
    WsClient client = server.ws("/v1/ws");
    client.next();
    client.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + server.token() + "\"}");
    assertThat(client.nextReply()).contains("\"ack\"");
    admin.revoke(ANN);
    assertThat(client.closeCode()).isEqualTo(REVOKED);
  }

  @Test
  void leavesOneThatWasRefreshedWithALaterToken() {
    WsClient client = ws(server.token());
    client.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + laterToken() + "\"}");
    assertThat(client.nextReply()).contains("\"ack\"");
    assertThat(Json.number(admin.revoke(ANN).body(), "closed")).isZero();
    client.send("{\"op\":\"ping\",\"id\":2}");
    assertThat(client.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":2}");
  }

  @Test
  void acknowledgesWhatWasInFlightBeforeItSaysGoodbye() {
    try (IngestClient ingest = IngestClient.ready(server, "p", 1)) {
      ingest.publish(1, IngestClient.event("t", "note", "{}"));
      ingest.settled(1);
      admin.revoke(ANN);
      assertThat(ingest.goaway().code()).isEqualTo(REVOKED);
    }
  }

  // What comes.

  @Test
  void refusesWhatComesOnEveryTransportThoughItWasVerifiedBefore() {
    String token = server.token();
    assertThat(publish(token).statusCode()).isEqualTo(200);
    admin.revoke(ANN);

    HttpResponse<String> published = publish(token);
    assertThat(published.statusCode()).isEqualTo(401);
    assertThat(published.body()).contains("\"token_revoked\"");
    HttpResponse<String> sse =
        server.send(HttpRequest.newBuilder(server.http("/v1/sse?topic=t&token=" + token)));
    assertThat(sse.statusCode()).isEqualTo(401);
    assertThat(ws(token).closeCode()).isEqualTo(REVOKED);
    try (IngestClient ingest = new IngestClient(server.server().ingestPort())) {
      ingest.hello("p", 1, token);
      assertThat(ingest.goaway().code()).isEqualTo(REVOKED);
    }
    WsClient byCommand = server.ws("/v1/ws");
    byCommand.next();
    byCommand.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + token + "\"}");
    assertThat(byCommand.nextReply()).contains("\"token_revoked\"").doesNotContain(token);
    assertThat(server.count(Counter.AUTH_REVOKED)).isEqualTo(5);
  }

  @Test
  void letsInATokenThatWasIssuedLater() {
    admin.revoke(ANN);
    assertThat(publish(laterToken()).statusCode()).isEqualTo(200);
  }

  @Test
  void endsOneTokenByItsId() {
    String one = server.token();
    String other = server.token();
    WsClient first = ws(one);
    WsClient second = ws(other);
    admin.revoke("{'token_id':'" + tokenId(one) + "'}");
    assertThat(first.closeCode()).isEqualTo(REVOKED);
    second.send("{\"op\":\"ping\",\"id\":1}");
    assertThat(second.nextReply()).contains("\"ack\"");
    assertThat(publish(one).statusCode()).isEqualTo(401);
    assertThat(publish(other).statusCode()).isEqualTo(200);
  }

  @Test
  void endsAServiceThatActsInARevokedTenantAndOneWhoseOwnIsRevoked() {
    String service = token("svc", List.of("other"), Instant.now());
    try (IngestClient own = greeted("p1", "", service);
        IngestClient acting = greeted("p2", "other", service)) {
      admin.revoke("{'tenant':'other'}");
      assertThat(acting.goaway().code()).isEqualTo(REVOKED);
      try (IngestClient again = new IngestClient(server.server().ingestPort())) {
        again.send(new IngestFrame.Hello(2, "p2", "other", service));
        assertThat(again.goaway().code()).isEqualTo(REVOKED);
      }
      own.send(new IngestFrame.Ping(7));
      assertThat(own.next(IngestFrame.Pong.class).value()).isEqualTo(7);
    }
    admin.takeBack(Json.text(admin.revocations().body(), "id"));
    try (IngestClient acting = greeted("p2", "other", service)) {
      admin.revoke("{'tenant':'acme'}");
      assertThat(acting.goaway().code()).isEqualTo(REVOKED);
    }
  }

  private IngestClient greeted(String producer, String tenant, String token) {
    IngestClient client = new IngestClient(server.server().ingestPort());
    client.send(new IngestFrame.Hello(System.nanoTime(), producer, tenant, token));
    client.welcome();
    return client;
  }

  // What is remembered.

  @Test
  void holdsAfterARestart() {
    String token = server.token();
    admin.revoke(ANN);
    server.restart();
    assertThat(publish(token).statusCode()).isEqualTo(401);
    assertThat(admin.revocations().body()).contains("\"user\":\"ann\"");
  }

  @Test
  void listsAndTakesBack() {
    String token = server.token();
    String id = Json.text(admin.revoke(ANN).body(), "id");
    assertThat(admin.revocations().body())
        .startsWith("{\"revocations\":[{\"id\":\"" + id + "\"")
        .contains("\"issued_before\":", "\"expires_at\":");

    assertThat(admin.takeBack(id).statusCode()).isEqualTo(200);

    assertThat(admin.revocations().body()).isEqualTo("{\"revocations\":[]}");
    assertThat(publish(token).statusCode()).isEqualTo(200);
    assertThat(admin.takeBack(id).statusCode()).isEqualTo(404);
    server.restart();
    assertThat(publish(token).statusCode()).isEqualTo(200);
  }

  @Test
  void refusesMoreThanItMayRemember() {
    server.restart("auth.revocation_entries=1");
    assertThat(admin.revoke("{'token_id':'a'}").statusCode()).isEqualTo(201);
    HttpResponse<String> full = admin.revoke("{'token_id':'b'}");
    assertThat(full.statusCode()).isEqualTo(503);
    assertThat(full.body()).contains("\"unavailable\"", "auth.revocation_entries");
    assertThat(server.limitHits("revocation_entries")).isEqualTo(1);
  }

  @Test
  void saysWhenItCouldNotSave() throws Exception {
    String token = server.token();
    Files.createDirectory(server.dataDir().resolve(".pushrod").resolve("revocations"));
    HttpResponse<String> answer = admin.revoke(ANN);
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("forgotten at a restart");
    assertThat(publish(token).statusCode()).as("in force all the same").isEqualTo(401);
    assertThat(server.count(Counter.AUTH_FILES_FAILED)).isEqualTo(1);
  }

  // Who did it.

  @Test
  void writesAnAuditLineForEachActAndNoToken() {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    Logger audit = (Logger) LoggerFactory.getLogger("io.pushrod.audit");
    lines.start();
    audit.addAppender(lines);
    try {
      String token = server.token();
      ws(token);
      String id = Json.text(admin.revoke("{'tenant':'acme','user':'ann\\nx'}").body(), "id");
      admin.takeBack(id);
      List<String> written =
          List.copyOf(lines.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
      assertThat(written).hasSize(2);
      assertThat(written.getFirst())
          .startsWith("act=revoke by=127.0.0.1:")
          .contains(" what={\"id\":\"" + id + "\",\"tenant\":\"acme\",\"user\":\"ann\\nx\"")
          .endsWith(" outcome=closed 0");
      assertThat(written.getLast()).startsWith("act=unrevoke by=127.0.0.1:").contains(id);
      assertThat(written.toString()).doesNotContain(token).doesNotContain("\n");
    } finally {
      audit.detachAppender(lines);
    }
  }

  // Who may ask.

  @Test
  void refusesWhatAPageOfAnotherSiteCouldSend() {
    assertThat(admin.revoke(ANN, "Origin", "https://evil.example").statusCode()).isEqualTo(403);
    HttpResponse<String> form =
        server.send(
            HttpRequest.newBuilder(server.admin("/admin/revocations"))
                .header("content-type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(ANN.replace('\'', '"'))));
    assertThat(form.statusCode()).isEqualTo(400);
    assertThat(form.body()).contains("application/json");
    assertThat(admin.revocations().body()).isEqualTo("{\"revocations\":[]}");
    String own = "http://127.0.0.1:" + server.server().adminPort();
    assertThat(admin.revoke(ANN, "Origin", own).statusCode()).isEqualTo(201);
  }

  @Test
  void refusesAPageWhoseNameWasMadeToMeanThisMachine() {
    int port = server.server().adminPort();
    String body = "{\"tenant\":\"acme\"}";
    try (RawClient client = new RawClient(port, 0)) {
      client.send(
          RawClient.head(
                  "POST /admin/revocations HTTP/1.1",
                  "Host: evil.example:" + port,
                  "Origin: http://evil.example:" + port,
                  "Content-Type: application/json",
                  "Content-Length: " + body.length())
              + body);
      assertThat(client.answer().status()).isEqualTo(403);
    }
  }

  @Test
  void refusesNonsense() {
    for (String body : List.of("", "[]", "{}", "{'tennant':'acme'}", "{'tenant':'a b'}")) {
      HttpResponse<String> answer = admin.revoke(body);
      assertThat(answer.statusCode()).as(body).isEqualTo(400);
      assertThat(answer.body()).contains("\"bad_request\"");
    }
    assertThat(admin.revoke("{'tenant':'" + "a".repeat(20_000) + "'}").statusCode()).isEqualTo(413);
  }
}
