package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CirisEventsTest {
  private static final long MILLIS = 1_795_241_760_123L;
  private static final String TIME = "\"timestamp\":\"2026-11-21T06:16:00.123Z\"";
  private static final String GAP = "{\"reason\":\"trimmed\",\"from\":\"1z-2\",\"to\":\"1z-6\"}";

  private static String rendered(EventRenderer events, String topic, String type, String data) {
    String json =
        "{\"id\":\"1z-7\",\"seq\":7,\"topic\":\""
            + topic
            + "\",\"type\":\""
            + type
            + "\",\"ts\":"
            + MILLIS
            + ",\"tenant_id\":\"acme\""
            + (data.isEmpty() ? "" : ",\"data\":" + data)
            + "}";
    ByteBuf source = Unpooled.copiedBuffer("##" + json + "##", UTF_8);
    assertThat(events.render(71, 7, source, 2, source.readableBytes() - 4)).isTrue();
    return events.name() + " " + events.json().toString(UTF_8);
  }

  // Streams.

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "message, |{\"message_id\":\"m\",\"channel_id\":\"c\",\"author_id\":\"a\",\"content\":\"é \\\" \",\"direction\":\"incoming\"}|",
        "telemetry, |{\"metric_name\":\"cpu\",\"value\":0.50,\"unit\":null,\"tags\":{}}|",
        "reasoning, |{\"reasoning_id\":\"r\",\"step\":\"s\",\"thought\":\"t\",\"depth\":2,\"handler\":null}|",
        "log, |{\"level\":\"INFO\",\"logger_name\":\"l\",\"message\":\"m\",\"context\":{}}|",
        "gap, |{\"reason\":\"trimmed\",\"from\":\"1z-2\",\"to\":\"1z-6\"}|",
        "other, 3"
      })
  void showsAnEventWithItsTypeAndTime(String type, String data) {
    assertThat(rendered(new CirisEvents(), "stream/x", type, data))
        .isEqualTo(type + " {\"type\":\"" + type + "\"," + TIME + ",\"data\":" + data + "}");
  }

  @Test
  void showsAnObjectWhereThereIsNoPayload() {
    assertThat(rendered(new CirisEvents(), "stream/x", "message", ""))
        .isEqualTo("message {\"type\":\"message\"," + TIME + ",\"data\":{}}");
  }

  // Channels.

  @Test
  void numbersTheFramesOfAConnectionOverAllChannels() {
    EventRenderer events =
        new CirisChannelEvents(Map.of("stream/messages", "messages", "stream/agent", "agent"));
    assertThat(rendered(events, "stream/messages", "message", "{\"content\":\"a\"}"))
        .isEqualTo(
            "message {\"channel\":\"messages\",\"event_type\":\"message\","
                + TIME
                + ",\"data\":{\"content\":\"a\"},\"sequence\":1}");
    assertThat(rendered(events, "stream/agent", "agent.state", "7"))
        .isEqualTo(
            "agent.state {\"channel\":\"agent.state\",\"event_type\":\"agent.state\","
                + TIME
                + ",\"data\":{\"value\":7},\"sequence\":2}");
    assertThat(rendered(events, "stream/agent", "gap", GAP))
        .isEqualTo(
            "gap {\"channel\":\"agent\",\"event_type\":\"gap\","
                + TIME
                + ",\"data\":"
                + GAP
                + ",\"sequence\":3}");
  }

  // Steps.

  @Test
  void showsStepsAsAList() {
    EventRenderer events = new CirisSteps();
    assertThat(
            rendered(events, "stream/steps", "step_update", "{\"events\":[{\"a\":1},{}],\"x\":1}"))
        .isEqualTo("step_update {\"events\":[{\"a\":1},{}]}");
    assertThat(
            rendered(events, "stream/steps", "thought_start", "{\"event_type\":\"thought_start\"}"))
        .isEqualTo("step_update {\"events\":[{\"event_type\":\"thought_start\"}]}");
    assertThat(rendered(events, "stream/steps", "gap", GAP))
        .isEqualTo("gap {\"type\":\"gap\"," + GAP.substring(1));
  }

  // Frames.

  @Test
  void saysEveryFrameInOneLine() {
    assertThat(CirisFrames.auth(MILLIS, "a\"nn", "ADMIN"))
        .isEqualTo(
            "{\"type\":\"auth\","
                + TIME
                + ",\"data\":{\"authenticated\":true,\"user_id\":\"a\\\"nn\",\"role\":\"ADMIN\"}}");
    assertThat(CirisFrames.auth(MILLIS, "", null)).endsWith("\"user_id\":\"\",\"role\":null}}");
    assertThat(CirisFrames.heartbeat(MILLIS))
        .isEqualTo("{\"type\":\"heartbeat\"," + TIME + ",\"data\":{\"status\":\"alive\"}}");
    assertThat(CirisFrames.pulse(MILLIS))
        .isEqualTo(
            "{\"type\":\"telemetry\","
                + TIME
                + ",\"data\":{\"metric_name\":\"system.heartbeat\",\"value\":1.0,\"unit\":\"count\",\"tags\":{}}}");
    assertThat(CirisFrames.subscribed(MILLIS, List.of("message", "log"), List.of("\n")))
        .isEqualTo(
            "{\"type\":\"subscribe\","
                + TIME
                + ",\"data\":{\"subscribed\":[\"message\",\"log\"],\"denied\":[\"\\n\"]}}");
    assertThat(CirisFrames.added(MILLIS, List.of("a"), List.of("a", "b"), List.of()))
        .isEqualTo(
            "{\"type\":\"subscribe\","
                + TIME
                + ",\"data\":{\"added\":[\"a\"],\"subscribed\":[\"a\",\"b\"],\"denied\":[]}}");
    assertThat(CirisFrames.removed(MILLIS, List.of("a")))
        .isEqualTo("{\"type\":\"unsubscribe\"," + TIME + ",\"data\":{\"removed\":[\"a\"]}}");
    assertThat(CirisFrames.error("no"))
        .isEqualTo("{\"type\":\"error\",\"data\":{\"message\":\"no\"}}");
    assertThat(CirisFrames.subscriptionUpdate(MILLIS, List.of("a")))
        .isEqualTo("{\"type\":\"subscription_update\",\"channels\":[\"a\"]," + TIME + "}");
    assertThat(CirisFrames.pong(MILLIS)).isEqualTo("{\"type\":\"pong\"," + TIME + "}");
    assertThat(CirisFrames.connected(MILLIS)).isEqualTo("{\"status\":\"connected\"," + TIME + "}");
    assertThat(CirisFrames.time(MILLIS)).isEqualTo("{" + TIME + "}");
  }

  // Requests.

  private static CirisRequest parsed(String json) {
    ByteBuf source = Unpooled.copiedBuffer("##" + json + "##", UTF_8);
    return CirisRequest.parse(source, 2, source.readableBytes() - 4);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      delimiter = ';',
      value = {
        "{\"type\":\"subscribe\",\"streams\":[\"a\",\"b\",\"a\"]}; subscribe; a,b",
        "{\"type\":\"subscribe\",\"channels\":[\"a.b\",7,null,[\"x\"]]}; subscribe; a.b",
        "{\"action\":\"subscribe\",\"channels\":{\"a\":{\"level\":\"x\"},\"b\":{}}}; subscribe; a,b",
        "{\"action\":\"unsubscribe\",\"type\":\"x\",\"channels\":[]}; unsubscribe; ||",
        "{\"type\":\"heartbeat\",\"timestamp\":\"t\"}; heartbeat; ||",
        "{\"typ\\u0065\":\"p\\u0069ng\"}; ping; ||",
        "{\"type\":{\"type\":\"subscribe\"},\"streams\":\"a\"}; ||; ||",
        "{}; ||; ||"
      })
  void readsRequestsOfBothGenerations(String json, String verb, String names) {
    assertThat(parsed(json).verb()).isEqualTo(verb);
    assertThat(String.join(",", parsed(json).names())).isEqualTo(names);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hello", "[]", "null", "\"subscribe\"", "{\"type\":", "{}{}"})
  void readsNothingThatIsNoObject(String text) {
    assertThatThrownBy(() -> parsed(text)).isInstanceOf(RequestException.class);
  }
}
