package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class OriginTest {
  private static final String APP = "https://app.example.com";

  @RegisterExtension
  final RunningServer server = new RunningServer("http.allowed_origins=[same, " + APP + "]");

  private RawClient.Answer history(String origin) {
    return server
        .raw(0)
        .get("/v1/topics/t/events", "Origin: " + origin, "Authorization: Bearer " + server.token());
  }

  private RawWs webSocket(String origin) {
    return server.rawWsAt("/v1/ws?token=" + server.token(), 0, new byte[0], "Origin: " + origin);
  }

  @Test
  void letsAnAllowedPageReadAnswers() {
    RawClient.Answer answer = history(APP);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(APP);
    assertThat(answer.header("Access-Control-Allow-Credentials")).isEqualTo("true");
    assertThat(answer.header("Vary")).isEqualTo("origin");
  }

  @Test
  void letsAnAllowedPageReadErrors() {
    RawClient.Answer answer = server.raw(0).get("/v1/topics/t/events", "Origin: " + APP);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(APP);
  }

  @Test
  void letsNoOtherPageReadAnswers() {
    for (String origin :
        new String[] {"https://evil.example", "null", APP + ".evil", "http://app.example.com"}) {
      assertThat(history(origin).header("Access-Control-Allow-Origin")).isNull();
    }
  }

  @Test
  void answersAPreflight() {
    RawClient.Answer answer =
        server
            .raw(0)
            .request(
                "OPTIONS",
                "/v1/publish",
                "Origin: " + APP,
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: authorization, content-type")
            .answer();
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(APP);
    assertThat(answer.header("Access-Control-Allow-Methods")).contains("POST");
    assertThat(answer.header("Access-Control-Allow-Headers")).containsIgnoringCase("authorization");
  }

  @Test
  void letsAnAllowedPageReadAStream() {
    RawClient client = server.raw(0);
    client.request("GET", "/v1/sse?topic=t&token=" + server.token(), "Origin: " + APP);
    RawClient.Answer answer = client.answerToHead();
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(APP);
    assertThat(answer.header("Access-Control-Allow-Credentials")).isEqualTo("true");
  }

  private RawWs withCookie(String origin) {
    return server.rawWsAt(
        "/v1/ws", 0, new byte[0], "Origin: " + origin, "Cookie: pushrod_token=" + server.token());
  }

  @Test
  void letsNoForeignPageActByTheCookiesOfItsVisitor() {
    assertThat(withCookie("https://evil.example").head()).startsWith("HTTP/1.1 403 ");
    assertThat(withCookie(APP).nextText()).contains("\"authenticated\":true");
    server.restart("http.allowed_origins=['*', " + APP + "]");
    assertThat(withCookie("https://evil.example").nextText()).contains("\"authenticated\":false");
    assertThat(withCookie("null").nextText()).contains("\"authenticated\":false");
    assertThat(withCookie(APP).nextText()).contains("\"authenticated\":true");
    RawClient.Answer history =
        server
            .raw(0)
            .get(
                "/v1/topics/t/events",
                "Origin: https://evil.example",
                "Cookie: pushrod_token=" + server.token());
    assertThat(history.status()).isEqualTo(401);
  }

  @Test
  void opensAWebSocketForAnAllowedPageOnly() {
    assertThat(webSocket(APP).head()).startsWith("HTTP/1.1 101 ");
    assertThat(webSocket("http://push.test").head()).startsWith("HTTP/1.1 101 ");
    for (String origin : new String[] {"https://evil.example", "null", APP + ".evil"}) {
      assertThat(webSocket(origin).head()).startsWith("HTTP/1.1 403 ");
    }
    assertThat(server.scraped("pushrod_http_origin_refused_total")).isEqualTo(3);
  }
}
