package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Tag("acceptance")
final class KillSwitchTest {
  private static final List<String> ALL = List.of("*");
  private static final int OFF = CloseReason.KILL_SWITCH.code();

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");

  private String token(String user, String tenant, String... roles) {
    return DevSecret.loadOrCreate(server.dataDir())
        .minter()
        .mint(
            new TokenRequest(
                tenant, user, List.of(roles), ALL, ALL, List.of(), List.of(), Duration.ofHours(1)),
            ServerConfig.defaults(true).auth().claims(),
            Instant.now());
  }

  private HttpResponse<String> ask(String method, String path, String body, String token) {
    return server.send(
        HttpRequest.newBuilder(server.http("/kill-switches" + path))
            .header("Authorization", "Bearer " + token)
            .method(method, BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> asRoot(String method, String path) {
    return ask(method, path, "", token("root", "acme", "owner"));
  }

  private void off(String path) {
    assertThat(asRoot("PUT", path).statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> publish(String token) {
    return server.send(
        HttpRequest.newBuilder(server.http("/v1/publish"))
            .header("Authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString("{\"topic\":\"t\",\"type\":\"note\"}")));
  }

  private WsClient ws(String token) {
    WsClient client = server.ws("/v1/ws?token=" + token);
    assertThat(client.next()).contains("\"op\":\"welcome\"");
    return client;
  }

  // What is open.

  @ParameterizedTest
  @ValueSource(strings = {"/user/ann", "/tenant/acme"})
  void closesWhatIsOpenOnEveryTransport(String path) {
    WsClient webSocket = ws(token("ann", "acme"));
    SseClient sse = server.sseAt("/v1/sse?topic=t&token=" + token("ann", "acme"));
    sse.next();
    WsClient elsewhere = ws(token("ann", "other"));
    try (IngestClient ingest = IngestClient.ready(server, "p", 1)) {
      off(path);

      assertThat(webSocket.next())
          .contains("\"op\":\"close\"", "\"reason\":\"kill_switch\"", "\"reconnect\":false");
      assertThat(webSocket.closeCode()).isEqualTo(OFF);
      assertThat(sse.next().data()).contains("\"op\":\"close\"", "\"reason\":\"kill_switch\"");
      assertThat(sse.ends()).isTrue();
      IngestFrame.Goaway goaway = ingest.goaway();
      assertThat(goaway.code()).isEqualTo(OFF);
      assertThat(goaway.reconnect()).isFalse();
    }
    elsewhere.send("{\"op\":\"ping\",\"id\":1}");
    assertThat(elsewhere.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":1}");
  }

  @Test
  void leavesOtherUsersAlone() {
    WsClient bob = ws(token("bob", "acme"));
    off("/user/ann");
    bob.send("{\"op\":\"ping\",\"id\":1}");
    assertThat(bob.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":1}");
    assertThat(publish(token("bob", "acme")).statusCode()).isEqualTo(200);
  }

  // What comes.

  @Test
  void refusesNewRequestsAndConnectionsUntilItIsLifted() {
    String ann = token("ann", "acme");
    HttpResponse<String> set =
        ask("PUT", "/user/ann", "{\"reason\":\"abuse\"}", token("root", "acme", "admin"));
    assertThat(set.body())
        .startsWith(
            "{\"scope\":\"user\",\"id\":\"ann\",\"reason\":\"abuse\",\"by\":\"root\",\"set_at\":");

    HttpResponse<String> refused = publish(ann);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("\"kill_switch\"", "abuse", "\"retryable\":false");
    assertThat(server.sseAt("/v1/sse?topic=t&token=" + ann).response().statusCode()).isEqualTo(403);
    WsClient late = server.ws("/v1/ws?token=" + ann);
    assertThat(late.next()).contains("\"authenticated\":false");
    assertThat(late.next()).contains("\"op\":\"close\"", "\"reason\":\"kill_switch\"");
    assertThat(late.closeCode()).isEqualTo(OFF);
    WsClient nobody = server.ws("/v1/ws");
    nobody.next();
    nobody.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + ann + "\"}");
    assertThat(nobody.nextReply()).contains("\"kill_switch\"");
    try (IngestClient ingest = new IngestClient(server.server().ingestPort())) {
      ingest.hello("p", 1, ann);
      assertThat(ingest.goaway().code()).isEqualTo(OFF);
    }
    assertThat(server.count(Counter.AUTH_KILL_SWITCH)).isEqualTo(5);

    assertThat(asRoot("DELETE", "/user/ann").statusCode()).isEqualTo(204);
    assertThat(publish(ann).statusCode()).isEqualTo(200);
  }

  @Test
  void refusesAServiceThatActsForTheTenant() {
    String service =
        DevSecret.loadOrCreate(server.dataDir())
            .minter()
            .mint(
                new TokenRequest(
                    "platform",
                    "svc",
                    List.of(),
                    ALL,
                    ALL,
                    List.of(),
                    List.of("acme", "other"),
                    Duration.ofHours(1)),
                ServerConfig.defaults(true).auth().claims(),
                Instant.now());
    off("/tenant/acme");
    try (IngestClient acme = new IngestClient(server.server().ingestPort());
        IngestClient other = new IngestClient(server.server().ingestPort())) {
      acme.send(new IngestFrame.Hello(1, "p", "acme", service));
      assertThat(acme.goaway().code()).isEqualTo(OFF);
      other.send(new IngestFrame.Hello(1, "p", "other", service));
      assertThat(other.welcome()).isNotNull();
    }
  }

  @Test
  void refusesAnActionOfEverybodyInTheTenant() {
    WsClient client = ws(token("ann", "acme"));
    off("/action/subscribe");
    off("/action/publish");
    client.send("{\"op\":\"presence\",\"id\":1,\"topic\":\"t\"}");
    assertThat(client.nextReply()).contains("\"kill_switch\"");
    assertThat(server.fetch("/v1/topics/t/presence").statusCode()).isEqualTo(403);
    client.send("{\"op\":\"state\",\"id\":1,\"topic\":\"t\",\"state\":{}}");
    assertThat(client.nextReply()).contains("\"kill_switch\"");
    client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    assertThat(client.nextReply()).contains("\"kill_switch\"");
    client.send("{\"op\":\"publish\",\"id\":2,\"topic\":\"t\",\"type\":\"note\",\"data\":1}");
    assertThat(client.nextReply()).contains("\"kill_switch\"");
    assertThat(publish(token("root", "acme", "owner")).statusCode()).isEqualTo(403);
    assertThat(
            server.sseAt("/v1/sse?topic=t&token=" + token("ann", "acme")).response().statusCode())
        .isEqualTo(403);
    assertThat(publish(token("ann", "other")).statusCode()).isEqualTo(200);

    assertThat(asRoot("DELETE", "/action/subscribe").statusCode()).isEqualTo(204);
    client.send("{\"op\":\"subscribe\",\"id\":3,\"topic\":\"t\"}");
    assertThat(client.nextReply()).contains("\"ack\"");
  }

  @Test
  void refusesEventsOfPublishersThatAreConnectedAlready() {
    try (IngestClient ingest = IngestClient.ready(server, "p", 1)) {
      ingest.publish(1, IngestClient.event("t", "note", "1"));
      assertThat(ingest.settled(1).rejects()).isEmpty();
      off("/action/publish");
      ingest.publish(2, IngestClient.event("t", "note", "2"));
      List<IngestFrame.Reject> rejects = ingest.settled(2).rejects();
      assertThat(rejects).hasSize(1);
      assertThat(rejects.getFirst().code()).isEqualTo(ErrorCode.KILL_SWITCH.number());
      assertThat(asRoot("DELETE", "/action/publish").statusCode()).isEqualTo(204);
      ingest.publish(3, IngestClient.event("t", "note", "3"));
      assertThat(ingest.settled(3).rejects()).isEmpty();
    }
  }

  @Test
  void refusesMessagesAndCancelsOfNativeClients() {
    assertThat(server.post("/runs?agent=echo&run_id=r1", "{}").statusCode()).isEqualTo(202);
    off("/action/message_send");
    off("/action/run_cancel");
    WsClient client = ws(token("ann", "acme"));
    client.send("{\"op\":\"send\",\"id\":1,\"topic\":\"t\",\"type\":\"note\",\"data\":1}");
    assertThat(client.nextReply()).contains("\"kill_switch\"");
    client.send("{\"op\":\"cancel\",\"id\":2,\"run\":\"r1\"}");
    assertThat(client.nextReply()).contains("\"kill_switch\"");
    HttpResponse<String> posted = server.post("/v1/topics/t/messages", "{\"type\":\"note\"}");
    assertThat(posted.statusCode()).isEqualTo(403);
    assertThat(posted.body()).contains("\"kill_switch\"");
  }

  @Test
  void isLiftedByAnOwnerOfTheTenantThatIsOff() {
    off("/tenant/acme");
    assertThat(publish(token("root", "acme", "owner")).statusCode()).isEqualTo(403);
    assertThat(asRoot("GET", "").body()).contains("\"scope\":\"tenant\",\"id\":\"acme\"");
    assertThat(asRoot("DELETE", "/tenant/acme").statusCode()).isEqualTo(204);
    assertThat(publish(token("root", "acme", "owner")).statusCode()).isEqualTo(200);
  }

  @Test
  void isNotLiftedByTheUserWhoIsOff() {
    String rogue = token("rogue", "acme", "admin");
    off("/user/rogue");
    HttpResponse<String> refused = ask("DELETE", "/user/rogue", "", rogue);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("\"kill_switch\"");
    assertThat(asRoot("GET", "/user/rogue").statusCode()).isEqualTo(200);
  }

  // Who may.

  @ParameterizedTest
  @CsvSource({"PUT, /user/bob", "GET, /user/bob", "GET, ''", "DELETE, /user/bob"})
  void isForOwnersAndAdminsOnly(String method, String path) {
    HttpResponse<String> refused = ask(method, path, "", token("ann", "acme", "Owner", "editor"));
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("\"forbidden\"");
    HttpResponse<String> nobody =
        server.send(
            HttpRequest.newBuilder(server.http("/kill-switches" + path))
                .method(method, BodyPublishers.noBody()));
    assertThat(nobody.statusCode()).isEqualTo(401);
    assertThat(asRoot("GET", "").body()).isEqualTo("{\"kill_switches\":[]}");
  }

  @Test
  void isOfTheOperatorsOwnTenant() {
    off("/user/ann");
    String other = token("root", "other", "owner");
    assertThat(ask("GET", "", "", other).body()).isEqualTo("{\"kill_switches\":[]}");
    assertThat(ask("GET", "/user/ann", "", other).statusCode()).isEqualTo(404);
    assertThat(ask("DELETE", "/user/ann", "", other).statusCode()).isEqualTo(404);
    HttpResponse<String> existing = ask("PUT", "/tenant/acme", "", other);
    HttpResponse<String> unknown = ask("PUT", "/tenant/nowhere", "", other);
    assertThat(existing.statusCode()).isEqualTo(404);
    assertThat(existing.body()).isEqualTo(unknown.body());
    assertThat(publish(token("bob", "acme")).statusCode()).isEqualTo(200);
  }

  // Requests.

  @Test
  void answersTheSameHoweverOftenItIsAsked() {
    HttpResponse<String> first = asRoot("PUT", "/agent/echo");
    HttpResponse<String> second = asRoot("PUT", "/agent/echo");
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(asRoot("GET", "/agent/echo").body()).isEqualTo(first.body());
    assertThat(asRoot("GET", "").body()).isEqualTo("{\"kill_switches\":[" + first.body() + "]}");
    assertThat(asRoot("DELETE", "/agent/echo").statusCode()).isEqualTo(204);
    assertThat(asRoot("DELETE", "/agent/echo").statusCode()).isEqualTo(404);
    assertThat(asRoot("GET", "/agent/echo").statusCode()).isEqualTo(404);
  }

  @Test
  void namesUsersByAnyCharacter() {
    assertThat(asRoot("PUT", "/user/a%2Fb%20%C3%A9").body()).contains("\"id\":\"a/b é\"");
    assertThat(publish(token("a/b é", "acme")).statusCode()).isEqualTo(403);
    assertThat(asRoot("DELETE", "/user/a%2Fb%20%C3%A9").statusCode()).isEqualTo(204);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "/planet/x, ``",
        "/action/dance, ``",
        "/agent/a%2Fb, ``",
        "/user/a%0Ab, ``",
        "/user/root, ``",
        "/user/ann, nonsense",
        "/user/ann, []",
        "/user/ann, [[\"reason\"]]",
        "/user/ann, {\"reason\":7}",
        "/user/ann, {\"why\":\"x\"}",
        "/user/ann, {\"reason\":\"a\\nb\"}",
      })
  void refusesWhatItDoesNotKnow(String path, String body) {
    HttpResponse<String> refused = ask("PUT", path, body, token("root", "acme", "owner"));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("\"bad_request\"");
    assertThat(asRoot("GET", "").body()).isEqualTo("{\"kill_switches\":[]}");
  }

  @Test
  void countsTenantsThatHaveTooMany() {
    server.restart("quotas.kill_switches_per_tenant=2");
    off("/agent/a");
    off("/agent/b");
    HttpResponse<String> full = asRoot("PUT", "/agent/c");
    assertThat(full.statusCode()).isEqualTo(503);
    assertThat(full.headers().firstValue("retry-after")).isPresent();
    assertThat(full.body()).contains("\"unavailable\"", "quotas.kill_switches_per_tenant");
    assertThat(server.scraped("pushrod_quota_hits_total{quota=\"kill_switches_per_tenant\"}"))
        .isEqualTo(1);
  }

  // What stays.

  @Test
  void holdsAfterARestart() {
    off("/user/ann");
    server.restart();
    assertThat(publish(token("ann", "acme")).statusCode()).isEqualTo(403);
    assertThat(publish(token("bob", "acme")).statusCode()).isEqualTo(200);
    assertThat(asRoot("GET", "/user/ann").body()).contains("\"by\":\"root\"");
  }

  @Test
  void stopsAStartThatWouldForgetThem() throws IOException {
    off("/user/ann");
    server.stop();
    Path file = server.dataDir().resolve(".pushrod").resolve("kill-switches");
    Files.writeString(file, "{\"tenant\":");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(server::start)
        .withMessageStartingWith("kill switches: " + file);
  }

  @Test
  void saysWhenItHoldsButIsNotOnDisk() throws IOException {
    Path file = server.dataDir().resolve(".pushrod").resolve("kill-switches");
    Files.createDirectories(file.resolve("in-the-way"));
    HttpResponse<String> answer = asRoot("PUT", "/user/ann");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("forgotten at a restart");
    assertThat(publish(token("ann", "acme")).statusCode()).isEqualTo(403);
  }

  @Test
  void isAuditedInTheTenantsTopic() {
    WsClient auditor = ws(token("root", "acme", "owner"));
    auditor.subscribe("audit/kill-switches", ",\"after\":\"earliest\"");
    ask("PUT", "/agent/echo", "{\"reason\":\"it \\\"loops\\\"\"}", token("sue", "acme", "admin"));
    asRoot("DELETE", "/agent/echo");
    assertThat(auditor.nextEvent())
        .contains(
            "\"topic\":\"audit/kill-switches\"",
            "\"type\":\"kill_switch\"",
            "\"data\":{\"action\":\"set\",\"scope\":\"agent\",\"id\":\"echo\",\"by\":\"sue\","
                + "\"reason\":\"it \\\"loops\\\"\"}");
    assertThat(auditor.nextEvent())
        .contains("\"data\":{\"action\":\"lifted\",\"scope\":\"agent\"", "\"by\":\"root\"");
  }

  @Test
  void isNotForgedInThatTopicByAGrantForAll() {
    String topic = "audit/kill-switches";
    String event = "\"topic\":\"" + topic + "\",\"type\":\"kill_switch\",\"data\":{}}";
    assertThat(server.post("/v1/publish", "{" + event).statusCode()).isEqualTo(404);
    assertThat(server.post("/v1/topics/" + topic + "/messages", "{\"type\":\"x\"}").statusCode())
        .isEqualTo(404);
    WsClient client = ws(token("root", "acme", "owner"));
    client.send("{\"op\":\"publish\",\"id\":1," + event);
    assertThat(client.nextReply()).contains("\"not_found\"");
    try (IngestClient ingest = IngestClient.ready(server, "p", 1)) {
      ingest.publish(1, IngestClient.event(topic, "kill_switch", "{}"));
      assertThat(ingest.settled(1).rejects().getFirst().code())
          .isEqualTo(ErrorCode.NOT_FOUND.number());
    }
    assertThat(server.fetch("/v1/topics/" + topic + "/events").body()).contains("\"events\":[]");
  }

  @Test
  void isAuditedInTheLogOnOneLine() {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    Logger audit = (Logger) LoggerFactory.getLogger("io.pushrod.audit");
    lines.start();
    audit.addAppender(lines);
    try {
      String token = token("root\nact=forged", "acme", "owner");
      ask("PUT", "/user/ann", "{\"reason\":\"abuse\"}", token);
      Await.until("an audit line", () -> !lines.list.isEmpty());
      assertThat(lines.list.getFirst().getFormattedMessage())
          .startsWith(
              "act=switch_off by={\"user\":\"root\\nact=forged\"} what={\"tenant\":\"acme\"")
          .contains("\"id\":\"ann\"", "\"reason\":\"abuse\"")
          .endsWith("outcome=done")
          .doesNotContain("\n", token);
    } finally {
      audit.detachAppender(lines);
    }
  }
}
