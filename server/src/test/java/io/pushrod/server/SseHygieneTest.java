package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("acceptance")
final class SseHygieneTest {
  @RegisterExtension final RunningServer server = new RunningServer("sse.retry=1s");

  private RawClient open(String query) {
    RawClient client = server.raw(0);
    client.request("GET", "/v1/sse?token=" + server.token() + "&" + query);
    return client;
  }

  /// One chunk: what a write of the server carries.
  private static String chunk(RawClient client) {
    int length = Integer.parseInt(until(client, "\r\n").strip(), 16);
    String text = client.text(length);
    assertThat(client.text(2)).isEqualTo("\r\n");
    return text;
  }

  private static String until(RawClient client, String end) {
    StringBuilder text = new StringBuilder();
    while (!text.toString().endsWith(end)) {
      text.append(client.text(1));
    }
    return text.toString();
  }

  @Test
  void sendsTheHeadersThatKeepProxiesFromBuffering() {
    RawClient.Answer head = open("topic=t").answerToHead();
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("content-type")).isEqualTo("text/event-stream");
    assertThat(head.header("cache-control")).isEqualTo("no-cache, no-transform");
    assertThat(head.header("x-accel-buffering")).isEqualTo("no");
    assertThat(head.header("transfer-encoding")).isEqualTo("chunked");
    assertThat(head.header("content-length")).isNull();
    assertThat(head.header("x-content-type-options")).isEqualTo("nosniff");
  }

  @Test
  void primesIdAndRetryInTheFirstFrame() {
    server.publishTokens("t", 1, 3);
    String epoch = Json.text(server.fetch("/v1/topics/t/events").body(), "epoch");
    RawClient client = open("topic=t");
    client.answerToHead();
    assertThat(chunk(client))
        .matches(
            "retry: [0-9]+\nid: "
                + epoch
                + "-3\ndata: \\{\"op\":\"welcome\",\"connection_id\":\"[^\"]+\",.*}\n\n");
  }

  @Test
  void jittersRetry() {
    Set<String> retries = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      RawClient client = open("topic=t");
      client.answerToHead();
      String retry = chunk(client).lines().findFirst().orElseThrow().substring("retry: ".length());
      assertThat(Integer.parseInt(retry)).isBetween(1000, 1500);
      retries.add(retry);
    }
    assertThat(retries).hasSizeGreaterThan(1);
  }

  @Test
  void writesOneDataLinePerEventWithLineFeedsOnly() {
    RawClient client = open("topic=t");
    client.answerToHead();
    chunk(client);
    server.post(
        "/v1/publish",
        "{\"topic\":\"t\",\"type\":\"note\",\"data\":{\n\r\n\"text\":\"a\\nb\\r\\nc\"\r\n}}");
    String frame = chunk(client);
    assertThat(frame).doesNotContain("\r", "event:");
    assertThat(frame.lines()).hasSize(3);
    assertThat(frame)
        .matches("id: [0-9a-z]+-1\ndata: \\{\"id\":.*\"data\":\\{\"text\":\"a.nb.r.nc\"}}\n\n");
  }

  @Test
  void answersHttp10WithoutChunks() {
    RawClient client = server.raw(0);
    client.send("GET /v1/sse?topic=t&token=" + server.token() + " HTTP/1.0\r\nHost: a\r\n\r\n");
    String head = until(client, "\r\n\r\n");
    assertThat(head)
        .startsWith("HTTP/1.0 200 OK\r\n")
        .doesNotContainIgnoringCase("transfer-encoding");
    assertThat(head).contains("content-type: text/event-stream\r\n");
    assertThat(until(client, "\n\n")).startsWith("retry: ").contains("\"op\":\"welcome\"");
    server.publish("t", "note", "{}");
    assertThat(until(client, "\n\n")).matches("id: [0-9a-z]+-1\ndata: \\{.*}\n\n");
    server.stop();
    assertThat(until(client, "\n\n")).contains("\"op\":\"close\",\"reason\":\"shutdown\"");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void saysGoodbyeAndEndsTheBodyOnShutdown() {
    RawClient client = open("topic=t");
    client.answerToHead();
    chunk(client);
    server.stop();
    assertThat(chunk(client))
        .matches("retry: [0-9]+\ndata: \\{\"op\":\"close\",\"reason\":\"shutdown\",.*}\n\n");
    assertThat(until(client, "0\r\n\r\n")).isEqualTo("0\r\n\r\n");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void answersHeadWithTheHeadersOnly() {
    RawClient client = server.raw(0);
    client.request("HEAD", "/v1/sse?topic=t&token=" + server.token());
    assertThat(client.answerToHead().header("content-type")).isEqualTo("text/event-stream");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void refusesAStreamWithoutATopic() {
    assertThat(server.fetch("/v1/sse").statusCode()).isEqualTo(400);
    assertThat(server.fetch("/v1/sse?topic=").statusCode()).isEqualTo(400);
    assertThat(server.fetch("/v1/sse?topic=a%20b").body()).contains("\"bad_topic\"");
  }
}
