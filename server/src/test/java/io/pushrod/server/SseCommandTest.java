package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The sibling POST that gives a stream the commands of a WebSocket.
@Tag("acceptance")
final class SseCommandTest {
  @RegisterExtension final RunningServer server = new RunningServer();

  private SseClient stream;
  private String path;

  @BeforeEach
  void openStream() {
    stream = server.sse("topic=a");
    path = "/v1/sse/" + Json.text(stream.next().data(), "connection_id");
  }

  private HttpResponse<String> command(String json) {
    return server.post(path, json);
  }

  @Test
  void endsASubscription() {
    assertThat(command("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"b\"}").body())
        .contains("\"ack\"");
    assertThat(command("{\"op\":\"unsubscribe\",\"id\":2,\"topic\":\"a\"}").body())
        .isEqualTo("{\"op\":\"ack\",\"id\":2,\"topic\":\"a\"}");
    server.publish("a", "note", "{}");
    server.publish("b", "note", "{}");
    SseClient.Dispatched event = stream.next();
    assertThat(event.data()).contains("\"topic\":\"b\"");
    assertThat(event.id()).matches("b=[0-9a-z]+-1");
  }

  @Test
  void publishes() {
    assertThat(
            command("{\"op\":\"publish\",\"id\":1,\"topic\":\"a\",\"type\":\"note\",\"data\":7}")
                .body())
        .startsWith("{\"op\":\"ack\",\"id\":1,\"published\":[{\"id\":\"");
    assertThat(stream.next().data()).endsWith("\"data\":7}");
  }

  @Test
  void readsHistory() {
    server.publish("a", "note", "{}");
    assertThat(command("{\"op\":\"history\",\"id\":1,\"topic\":\"a\"}").body())
        .startsWith("{\"op\":\"ack\",\"id\":1,\"topic\":\"a\",\"events\":[{\"id\":\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"op\":                                   | 400 | bad_json",
        "{\"op\":\"dance\",\"id\":1}                | 400 | unknown_op",
        "{\"op\":\"unsubscribe\",\"topic\":\"x\"}   | 404 | not_found",
        "{\"op\":\"subscribe\",\"topic\":\"a\"}     | 409 | already_subscribed",
        "{\"op\":\"subscribe\",\"topic\":\"b\",\"after\":\"x\"} | 400 | bad_cursor",
        "{\"op\":\"auth\",\"token\":\"x\"}          | 401 | unauthenticated",
      })
  void answersAWrongCommandByItsStatusAndKeepsTheStream(String json, int status, String code) {
    HttpResponse<String> answer = command(json);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).startsWith("{\"op\":\"error\",").contains("\"" + code + "\"");
    server.publish("a", "note", "{}");
    assertThat(stream.next().data()).contains("\"seq\":1,");
  }
}
