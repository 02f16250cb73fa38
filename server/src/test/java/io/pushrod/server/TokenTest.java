package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.Tokens;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class TokenTest {
  private static final List<String> ROUTES =
      List.of("/v1/sse?topic=t&x=", "/v1/topics/t/events?x=", "/v1/publish?x=");
  private static final String EVENT = "{\"topic\":\"t\",\"type\":\"note\"}";

  @RegisterExtension final RunningServer server = new RunningServer();

  private enum Carrier {
    HEADER,
    QUERY,
    COOKIE
  }

  private static HttpRequest.Builder carried(
      HttpRequest.Builder request, Carrier carrier, String token) {
    return switch (carrier) {
      case HEADER -> request.header("Authorization", "Bearer " + token);
      case QUERY -> request;
      case COOKIE -> request.header("Cookie", "a=b; pushrod_token=" + token);
    };
  }

  private HttpResponse<String> ask(String route, Carrier carrier, String token) {
    String path = carrier == Carrier.QUERY ? route + "&token=" + token : route;
    HttpRequest.Builder request =
        carried(HttpRequest.newBuilder(server.http(path)), carrier, token);
    if (route.startsWith("/v1/publish")) {
      request.POST(HttpRequest.BodyPublishers.ofString(EVENT));
    }
    return server.send(request);
  }

  private String token(String kind) {
    return switch (kind) {
      case "expired" -> Tokens.expired(server.dataDir());
      case "not_yet_valid" -> Tokens.notYetValid(server.dataDir());
      case "signature" -> Tokens.wronglySigned(server.dataDir());
      case "algorithm" -> Tokens.unsigned();
      default -> "garbage";
    };
  }

  @ParameterizedTest
  @CsvSource({
    "expired, token_expired, 4004",
    "not_yet_valid, unauthenticated, 4500",
    "signature, unauthenticated, 4500",
    "algorithm, unauthenticated, 4500",
    "malformed, unauthenticated, 4500",
  })
  void refusesATokenThatDoesNotHoldByEveryCarrier(String kind, String code, int closeCode) {
    String token = token(kind);
    for (String route : ROUTES) {
      for (Carrier carrier : Carrier.values()) {
        HttpResponse<String> answer = ask(route, carrier, token);
        assertThat(answer.statusCode()).as(route + carrier).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        assertThat(answer.body())
            .startsWith("{\"error\":{\"code\":\"" + code + "\"")
            .doesNotContain(token);
      }
    }
    assertThat(server.rawWsAt("/v1/ws?token=" + token, 0, new byte[0]).closeCode())
        .isEqualTo(closeCode);
    for (String header : List.of("Authorization: Bearer ", "Cookie: pushrod_token=")) {
      assertThat(server.rawWsAt("/v1/ws", 0, new byte[0], header + token).closeCode())
          .isEqualTo(closeCode);
    }
    WsClient byCommand = server.ws("/v1/ws");
    byCommand.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + token + "\"}");
    assertThat(byCommand.nextReply())
        .startsWith("{\"op\":\"error\",\"id\":1,\"code\":\"" + code + "\"")
        .doesNotContain(token);
    assertThat(server.scraped("pushrod_auth_refused_total{reason=\"" + kind + "\"}")).isEqualTo(13);
  }

  @ParameterizedTest
  @EnumSource(Carrier.class)
  void admitsAGoodTokenByEveryCarrier(Carrier carrier) {
    assertThat(ask("/v1/publish?x=", carrier, server.token()).statusCode()).isEqualTo(200);
    assertThat(ask("/v1/topics/t/events?x=", carrier, server.token()).statusCode()).isEqualTo(200);
    RawWs socket =
        switch (carrier) {
          case QUERY -> server.rawWsAt("/v1/ws?token=" + server.token(), 0, new byte[0]);
          case HEADER ->
              server.rawWsAt("/v1/ws", 0, new byte[0], "Authorization: Bearer " + server.token());
          case COOKIE ->
              server.rawWsAt("/v1/ws", 0, new byte[0], "Cookie: pushrod_token=" + server.token());
        };
    assertThat(socket.nextText()).contains("\"authenticated\":true");
  }

  @Test
  void takesTheHeaderBeforeTheQueryAndTheQueryBeforeTheCookie() {
    String path = "/v1/topics/t/events?token=";
    assertThat(ask(path + "garbage", Carrier.HEADER, server.token()).statusCode()).isEqualTo(200);
    assertThat(ask(path + server.token(), Carrier.HEADER, "garbage").statusCode()).isEqualTo(401);
    assertThat(ask(path + server.token(), Carrier.COOKIE, "garbage").statusCode()).isEqualTo(200);
    assertThat(ask(path + "garbage", Carrier.COOKIE, server.token()).statusCode()).isEqualTo(401);
  }

  @Test
  void refusesRequestsWithoutAToken() {
    for (String route : ROUTES) {
      HttpRequest.Builder request = HttpRequest.newBuilder(server.http(route));
      if (route.startsWith("/v1/publish")) {
        request.POST(HttpRequest.BodyPublishers.ofString(EVENT));
      }
      HttpResponse<String> answer = server.send(request);
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).contains("\"unauthenticated\"");
    }
    assertThat(server.scraped("pushrod_auth_refused_total{reason=\"missing\"}")).isEqualTo(3);
  }

  // Grants.

  private String guest() {
    List<String> topics = List.of("open/*");
    return server.token("acme", topics, topics, Duration.ofHours(1));
  }

  private String answers(String topic) {
    String token = guest();
    StringBuilder all = new StringBuilder();
    for (String path : List.of("/v1/sse?topic=" + topic, "/v1/topics/" + topic + "/events")) {
      all.append(described(server.send(authorized(path, token)))).append('\n');
    }
    String event = "{\"topic\":\"" + topic + "\",\"type\":\"note\"}";
    all.append(
        described(
            server.send(
                authorized("/v1/publish", token)
                    .POST(HttpRequest.BodyPublishers.ofString(event)))));
    WsClient client = server.ws("/v1/ws?token=" + token);
    all.append('\n').append(client.subscribe(topic, ""));
    client.send("{\"op\":\"history\",\"id\":2,\"topic\":\"" + topic + "\"}");
    all.append('\n').append(client.nextReply());
    client.send("{\"op\":\"publish\",\"id\":3,\"topic\":\"" + topic + "\",\"type\":\"note\"}");
    all.append('\n').append(client.nextReply());
    return all.toString();
  }

  private HttpRequest.Builder authorized(String path, String token) {
    return HttpRequest.newBuilder(server.http(path)).header("Authorization", "Bearer " + token);
  }

  private static String described(HttpResponse<String> answer) {
    var headers = new java.util.TreeMap<>(answer.headers().map());
    headers.remove("date");
    return answer.statusCode() + " " + headers + " " + answer.body();
  }

  @Test
  void answersTheSameForATopicOutsideTheGrantsWhetherItExistsOrNot() {
    String before = answers("secret/1");
    server.publish("secret/1", "note", "{}");
    server.ws().subscribe("secret/1", "");
    String after = answers("secret/1");

    assertThat(after).isEqualTo(before);
    assertThat(before.lines().limit(3)).allMatch(line -> line.startsWith("404 "));
    assertThat(before.lines().skip(3)).hasSize(3).allMatch(line -> line.contains("\"not_found\""));
    assertThat(server.scraped("pushrod_auth_refused_total{reason=\"grant\"}")).isEqualTo(12);
  }

  @Test
  void refusesAStreamOfWhichOneTopicIsOutsideTheGrants() {
    HttpResponse<String> answer =
        server.send(authorized("/v1/sse?topic=open/1&topic=secret/1", guest()));
    assertThat(answer.statusCode()).isEqualTo(404);
  }

  @Test
  void refusesATopicOutsideTheGrantsThatACompositeIdNames() {
    HttpResponse<String> answer =
        server.send(
            authorized("/v1/sse?topic=open/1", guest())
                .header("Last-Event-ID", "open/1=zz-1,secret/1=zz-1"));
    assertThat(answer.statusCode()).isEqualTo(404);
  }

  // Tenants.

  @Test
  void keepsTenantsApart() {
    server.publish("t", "note", "{\"whose\":\"acme\"}");
    String other = server.token("other", List.of("*"), List.of("*"), Duration.ofHours(1));
    WsClient webSocket = server.ws("/v1/ws?token=" + other);
    webSocket.subscribe("t", ",\"after\":\"earliest\"");
    SseClient sse = server.sseAt("/v1/sse?topic=t&after=earliest&token=" + other);
    sse.next();
    server.publish("t", "note", "{\"whose\":\"acme\"}");
    server.publish("t", "typing", "{\"whose\":\"acme\"}");
    assertThat(server.send(authorized("/v1/topics/t/events", other)).body())
        .contains("\"events\":[]");

    server.send(
        authorized("/v1/publish", other)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"topic\":\"t\",\"type\":\"note\",\"data\":{\"whose\":\"other\"}}")));

    for (String event : List.of(webSocket.nextEvent(), sse.nextEvent().data())) {
      assertThat(event).contains("\"tenant_id\":\"other\"", "\"whose\":\"other\"");
      assertThat(Json.number(event, "seq")).isEqualTo(1);
    }
    assertThat(server.fetch("/v1/topics/t/events").body()).doesNotContain("\"other\"");
  }

  @Test
  void takesTheTenantFromTheTokenOnly() {
    server.post(
        "/v1/publish",
        "{\"topic\":\"t\",\"type\":\"note\",\"tenant_id\":\"other\",\"tenant\":\"o\"}");
    assertThat(server.fetch("/v1/topics/t/events").body()).contains("\"tenant_id\":\"acme\"");
  }

  @Test
  void refusesCommandsForTheStreamOfAnotherUser() {
    SseClient stream = server.sse("topic=t");
    String connection = Json.text(stream.next().data(), "connection_id");
    String command = "{\"op\":\"ping\",\"id\":1}";
    String bob = server.token("bob", "acme", List.of("*"), List.of("*"), Duration.ofHours(1));
    HttpResponse<String> refused =
        server.send(
            authorized("/v1/sse/" + connection, bob)
                .POST(HttpRequest.BodyPublishers.ofString(command)));
    HttpResponse<String> unknown = server.post("/v1/sse/0-unknown", command);
    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(refused.body()).isEqualTo(unknown.body());
    assertThat(server.post("/v1/sse/" + connection, command).body())
        .isEqualTo("{\"op\":\"ack\",\"id\":1}");
  }
}
