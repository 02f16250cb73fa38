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
import org.junit.jupiter.params.provider.ValueSource;

@Tag("acceptance")
final class FilterTest {
  private static final List<String> TYPES =
      List.of(
          "run_start",
          "node_start",
          "token_chunk",
          "agent_message",
          "blackboard_update",
          "custom:a",
          "custom:b",
          "progress",
          "error",
          "run_end");

  @RegisterExtension final RunningServer server = new RunningServer();

  private void publishAllTypes() {
    server.publishAll(
        TYPES.size(),
        i -> "{\"topic\":\"t\",\"type\":\"" + TYPES.get(i) + "\",\"data\":{\"n\":1}}");
  }

  private static List<String> types(List<String> events) {
    return events.stream().map(e -> Json.text(e, "type")).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "minimal         | run_start error run_end",
        "chat            | run_start node_start token_chunk agent_message progress error run_end",
        "agent_message   | run_start agent_message error run_end",
        "custom:b,token_chunk | run_start token_chunk custom:b error run_end",
        "custom:*        | run_start custom:a custom:b error run_end",
        "class:state     | run_start progress error run_end",
        "class:delta,class:state | run_start token_chunk progress error run_end",
        "class:plain | run_start node_start agent_message blackboard_update custom:a custom:b error run_end",
        "nothing_of_this | run_start error run_end",
      })
  void admitsWhatTheFilterNamesAndEveryLifecycleEvent(String filter, String admitted) {
    List<String> expected = List.of(admitted.split(" "));
    publishAllTypes();
    WsClient webSocket = server.ws();
    webSocket.subscribe("t", ",\"after\":\"earliest\",\"filter\":\"" + filter + "\"");
    SseClient sse = server.sse("topic=t&after=earliest&filter=" + filter);

    assertThat(types(webSocket.nextEvents(expected.size()))).isEqualTo(expected);
    assertThat(types(data(sse.nextEvents(expected.size())))).isEqualTo(expected);
    publishAllTypes();
    assertThat(types(webSocket.nextEvents(expected.size()))).isEqualTo(expected);
    assertThat(types(data(sse.nextEvents(expected.size())))).isEqualTo(expected);
  }

  private static List<String> data(List<SseClient.Dispatched> events) {
    return events.stream().map(SseClient.Dispatched::data).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "debug", "*"})
  void admitsEverythingByItsPresets(String filter) {
    WsClient client = server.ws();
    client.subscribe("t", ",\"filter\":\"" + filter + "\"");
    publishAllTypes();
    assertThat(types(client.nextEvents(TYPES.size()))).isEqualTo(TYPES);
  }

  @Test
  void takesAListInACommand() {
    WsClient client = server.ws();
    client.subscribe("t", ",\"filter\":[\"custom:a\",\"class:state\"]");
    publishAllTypes();
    assertThat(types(client.nextEvents(5)))
        .containsExactly("run_start", "custom:a", "progress", "error", "run_end");
  }

  @Test
  void tellsNoGapForWhatAFilterLeavesOut() {
    WsClient client = server.ws();
    client.subscribe("t", ",\"filter\":\"minimal\"");
    publishAllTypes();
    publishAllTypes();
    assertThat(client.nextEvents(6))
        .extracting(e -> Json.number(e, "seq"))
        .containsExactly(1L, 9L, 10L, 11L, 19L, 20L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"class:bogus", "a b", "mini%mal", "a,,b", "class:"})
  void refusesAFilterThatCannotBe(String filter) {
    WsClient client = server.ws();
    assertThat(client.subscribe("t", ",\"filter\":\"" + filter + "\""))
        .startsWith("{\"op\":\"error\",\"id\":1,\"code\":\"bad_filter\"");
    assertThat(client.subscribe("t", "")).startsWith("{\"op\":\"ack\"");
    String encoded = filter.replace("%", "%25").replace(" ", "%20");
    HttpResponse<String> answer = server.fetch("/v1/sse?topic=t&filter=" + encoded);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"bad_filter\"");
  }
}
