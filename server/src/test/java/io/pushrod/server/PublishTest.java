package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("acceptance")
final class PublishTest {
  @RegisterExtension final RunningServer server = new RunningServer("limits.event_bytes=1KiB");

  private String history(String topic) {
    return server.fetch("/v1/topics/" + topic + "/events").body();
  }

  private String published(String body) {
    HttpResponse<String> answer = server.post("/v1/publish", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  @Test
  void answersWithTheIdTopicAndSequence() {
    String answer = published("{\"topic\":\"t\",\"type\":\"note\",\"data\":{\"a\":1}}");
    assertThat(answer)
        .matches("\\{\"published\":\\[\\{\"id\":\"[0-9a-z]+-1\",\"topic\":\"t\",\"seq\":1}]}");
    assertThat(history("t")).contains("\"id\":\"" + Json.text(answer, "id") + "\",\"seq\":1,");
  }

  @Test
  void writesAnEventInItsFixedOrderWithAllIds() {
    published(
        "{\"agent_id\":\"a1\",\"data\":{\"text\":\"Grüße\"},\"step_id\":\"s1\",\"node_id\":\"n1\","
            + "\"run_id\":\"r1\",\"canvas_id\":\"c1\",\"thread_id\":\"42\",\"request_id\":\"q1\","
            + "\"type\":\"custom:x\",\"topic\":\"t\",\"ts\":1795241760123}");
    assertThat(history("t"))
        .contains(
            "\"seq\":1,\"topic\":\"t\",\"type\":\"custom:x\",\"ts\":1795241760123,"
                + "\"tenant_id\":\"acme\",\"env\":\"dev\",\"request_id\":\"q1\",\"thread_id\":\"42\","
                + "\"canvas_id\":\"c1\",\"run_id\":\"r1\",\"node_id\":\"n1\",\"step_id\":\"s1\","
                + "\"agent_id\":\"a1\",\"data\":{\"text\":\"Grüße\"}}");
  }

  @Test
  void writesAnEmptyObjectWhenThereIsNoData() {
    published("{\"topic\":\"t\",\"type\":\"note\"}");
    assertThat(history("t")).contains("\"data\":{}}");
  }

  @Test
  void keepsDataThatIsNull() {
    published("{\"topic\":\"t\",\"type\":\"note\",\"data\":null}");
    assertThat(history("t")).contains("\"data\":null}");
  }

  @Test
  void removesWhitespaceBetweenTokensOfTheData() {
    published(
        "{ \"topic\": \"t\",\r\n \"type\": \"note\",\n"
            + " \"data\": {\n\t\"a b\" : [ 1 , 2 ],\r\n \"c\": \" d \\n\" } }");
    assertThat(history("t")).contains("\"data\":{\"a b\":[1,2],\"c\":\" d \\n\"}}");
    SseClient client = server.sse("topic=t&after=earliest");
    assertThat(client.nextEvent().data()).endsWith("\"data\":{\"a b\":[1,2],\"c\":\" d \\n\"}}");
  }

  @Test
  void givesEachTopicASequenceOfItsOwnInTheOrderAsked() {
    published("{\"topic\":\"b\",\"type\":\"note\"}");
    String answer = published("{\"topics\":[\"a\",\"b\",\"c\"],\"type\":\"note\"}");
    assertThat(answer)
        .matches(
            "\\{\"published\":\\[\\{\"id\":\"[0-9a-z]+-1\",\"topic\":\"a\",\"seq\":1},"
                + "\\{\"id\":\"[0-9a-z]+-2\",\"topic\":\"b\",\"seq\":2},"
                + "\\{\"id\":\"[0-9a-z]+-1\",\"topic\":\"c\",\"seq\":1}]}");
    assertThat(history("a")).contains("\"topic\":\"a\",\"type\"");
    assertThat(history("c")).contains("\"topic\":\"c\",\"type\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"topic\":\"t\",\"type\":\"a b\"}                  | bad_type",
        "{\"topic\":\"t\"}                                   | bad_type",
        "{\"topic\":\"t t\",\"type\":\"note\"}               | bad_topic",
        "{\"type\":\"note\"}                                 | bad_topic",
        "{\"topics\":[],\"type\":\"note\"}                   | bad_topic",
        "{\"topics\":[\"t\",\"t\"],\"type\":\"note\"}        | bad_topic",
        "{\"topics\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"],\"type\":\"note\"} | too_many_topics",
        "{\"topic\":\"t\",\"type\":\"note\",\"run_id\":\"\"} | bad_id",
        "{\"topic\":\"t\",\"type\":\"note\",\"run_id\":\"ü\"} | bad_id",
        "{\"topic\":\"t\",\"type\":\"note\",\"run_id\":7}    | bad_id",
        "{\"topic\":\"t\",\"type\":\"note\",\"data\":}       | bad_json",
        "{\"topic\":\"t\",\"type\":\"note\",\"data\":{}      | bad_json",
        "[1]                                                 | bad_request",
      })
  void refusesWhatIsWrongByAStatus(String body, String code) {
    HttpResponse<String> answer = server.post("/v1/publish", body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("{\"error\":{\"code\":\"" + code + "\"");
    assertThat(server.scraped("pushrod_publish_rejected_total{code=\"" + code + "\"}"))
        .isEqualTo(1);
    assertThat(history("t")).contains("\"events\":[]");
  }

  @Test
  void refusesAnEmptyBody() {
    assertThat(server.post("/v1/publish", "").statusCode()).isEqualTo(400);
    assertThat(server.postLines(" \n\r\n\n").statusCode()).isEqualTo(400);
  }

  @Test
  void answersEachLineAndKeepsTheGoodOnes() {
    String large = "x".repeat(2000);
    HttpResponse<String> answer =
        server.postLines(
            "{\"topic\":\"t\",\"type\":\"note\",\"data\":1}\n"
                + "{\"topic\":\"t\",\"type\":\"note\",\"data\":\n"
                + "\n"
                + ("{\"topic\":\"t\",\"type\":\"note\",\"data\":\"" + large + "\"}\r\n")
                + "{\"topic\":\"t\",\"type\":\"note\",\"data\":2}");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/x-ndjson");
    List<String> lines = answer.body().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).contains("\"seq\":1");
    assertThat(lines.get(1)).startsWith("{\"error\":{\"code\":\"bad_json\"");
    assertThat(lines.get(2)).startsWith("{\"error\":{\"code\":\"too_large\"");
    assertThat(lines.get(3)).contains("\"seq\":2");
    assertThat(history("t")).contains("\"data\":1}", "\"data\":2}");
  }

  @Test
  void answersABatchWithoutAGoodLine() {
    HttpResponse<String> answer = server.postLines("x\ny\n");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body().lines()).hasSize(2).allMatch(line -> line.contains("bad_json"));
  }

  @Test
  void takesSeveralLinesOfObjectsAsABatchWithoutAContentType() {
    HttpResponse<String> answer =
        server.post(
            "/v1/publish",
            "{\"topic\":\"t\",\"type\":\"note\"}\n{\"topic\":\"t\",\"type\":\"note\"}\n");
    assertThat(answer.body().lines()).hasSize(2);
  }

  @Test
  void relaysSignalsToLiveReadersOnly() {
    WsClient webSocket = server.ws();
    webSocket.subscribe("t", "");
    SseClient sse = server.sse("topic=t");
    String primed = sse.next().id();
    String answer = published("{\"topic\":\"t\",\"type\":\"typing\",\"data\":{\"who\":\"ann\"}}");
    assertThat(answer).isEqualTo("{\"published\":[{\"topic\":\"t\",\"seq\":0}]}");

    assertThat(webSocket.nextEvent())
        .startsWith("{\"topic\":\"t\",\"type\":\"typing\",\"ts\":")
        .doesNotContain("\"id\"", "\"seq\"");
    SseClient.Dispatched signal = sse.next();
    assertThat(signal.data()).contains("\"type\":\"typing\"");
    assertThat(signal.id()).isEqualTo(primed);

    published("{\"topic\":\"t\",\"type\":\"note\"}");
    WsClient late = server.ws();
    late.subscribe("t", ",\"after\":\"earliest\"");
    assertThat(late.nextEvent()).contains("\"seq\":1,", "\"type\":\"note\"");
    assertThat(history("t")).doesNotContain("typing");
  }

  @Test
  void publishesByCommand() {
    WsClient client = server.ws();
    client.send(
        "{\"op\":\"publish\",\"id\":4,\"topics\":[\"a\",\"b\"],\"type\":\"note\",\"data\":{}}");
    assertThat(client.nextReply())
        .matches(
            "\\{\"op\":\"ack\",\"id\":4,\"published\":\\[\\{\"id\":\"[0-9a-z]+-1\",\"topic\":\"a\","
                + "\"seq\":1},\\{\"id\":\"[0-9a-z]+-1\",\"topic\":\"b\",\"seq\":1}]}");
    client.send("{\"op\":\"publish\",\"id\":5,\"topic\":\"a\",\"type\":\"typing\"}");
    assertThat(client.nextReply())
        .isEqualTo("{\"op\":\"ack\",\"id\":5,\"published\":[{\"topic\":\"a\",\"seq\":0}]}");
  }
}
