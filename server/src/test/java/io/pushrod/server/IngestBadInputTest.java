package io.pushrod.server;

import static io.pushrod.server.support.IngestClient.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.IngestClient.Settled;
import io.pushrod.server.support.RunningServer;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IngestBadInputTest {
  private static final byte[] GOOD = event("thread/1", "note", "{}");

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "limits.event_bytes=1KiB",
          "limits.ingest_frame_bytes=8KiB",
          "limits.ingest_window_bytes=8KiB",
          "limits.ingest_window_events=64",
          "heartbeat.ingest_ping=100ms",
          "timeouts.handshake=200ms",
          "timeouts.write_progress=200ms");

  // Time.

  @Test
  void endsAConnectionWithoutAHello() {
    try (IngestClient client = new IngestClient(server.server().ingestPort())) {
      client.sendHex("00 00 00 20 01 50 55");

      assertThat(client.goaway().code()).isEqualTo(4502);
    }
  }

  @Test
  void endsAConnectionThatFeedsHalfAFrameForEver() {
    try (IngestClient client = ready()) {
      client.sendHex("00 00 10 00 03");
      IngestFrame frame = client.next();
      while (frame instanceof IngestFrame.Ping) {
        client.send(new byte[1]);
        frame = client.next();
      }

      assertThat(frame)
          .isInstanceOfSatisfying(
              IngestFrame.Goaway.class, goaway -> assertThat(goaway.code()).isEqualTo(4001));
    }
  }

  @Test
  void keepsASilentPeerThatAnswersPings() {
    server.restart("heartbeat.ingest_ping=500ms");
    try (IngestClient client = ready()) {
      for (int i = 0; i < 3; i++) {
        client.send(new IngestFrame.Pong(client.next(IngestFrame.Ping.class).value()));
      }
      client.publish(1, GOOD);

      assertThat(client.settled(1).sequences()).containsExactly(1L);
    }
  }

  @Test
  void endsAPeerThatNeverReadsItsAnswers() {
    ByteBuf pings = Unpooled.buffer();
    IntStream.range(0, 4096).forEach(i -> IngestEncoder.encode(pings, new IngestFrame.Ping(i)));
    byte[] bytes = ByteBufUtil.getBytes(pings);
    try (IngestClient client = ready()) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  client.send(bytes);
                }
              })
          .isInstanceOf(UncheckedIOException.class);
    }
    Await.until(
        "closed for write_timeout",
        () ->
            server.scrape().entrySet().stream()
                .anyMatch(
                    e ->
                        e.getKey().startsWith("pushrod_connections_closed_total")
                            && e.getKey().contains("write_timeout")
                            && e.getKey().contains("ingest")
                            && e.getValue().startsWith("1")));
  }

  // Frames.

  @ParameterizedTest
  @CsvSource({
    // Before the hello: length, magic, version, another frame.
    "80 00 00 00 00 00 00 00, 1009",
    "ff ff ff ff 01, 1009",
    "00 00 40 d4 01, 1009",
    "00 00 00 00, 1002",
    "00 00 00 12 01 50 55 53 49 00 01 00 00 00 00 00 00 00 01 01 61 00 00 00, 1002",
    "00 00 00 07 01 50 55 53 48 00 02, 4506",
    "00 00 00 09 07 00 00 00 00 00 00 00 01, 1002",
    "00 00 00 0b 03 00 00 00 00 00 00 00 01 00 01, 1002",
    "00 00 00 01 63, 1002",
  })
  void refusesWhatIsNoHello(String hex, int code) {
    try (IngestClient client = new IngestClient(server.server().ingestPort())) {
      client.sendHex(hex);

      assertThat(client.goaway().code()).isEqualTo(code);
      assertThat(client.nextOrEnd()).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "80 00 00 00 00 00 00 00, 1009",
    "00 00 20 01 03, 1009",
    "00 00 00 00, 1002",
    "00 00 00 01 10, 1002",
    // Of a server: window.
    "00 00 00 09 06 00 00 00 00 00 00 00 00, 1002",
    // A sequence of 2^63, and of 0; no events; nine topics; a class hint of 6; a payload of 2^32 -
    // 1.
    "00 00 00 0c 03 80 00 00 00 00 00 00 00 00 01 00, 1002",
    "00 00 00 0c 03 00 00 00 00 00 00 00 00 00 01 00, 1002",
    "00 00 00 0b 03 00 00 00 00 00 00 00 01 00 00, 1002",
    "00 00 00 0c 03 00 00 00 00 00 00 00 01 00 01 09, 1002",
    "00 00 00 1e 03 00 00 00 00 00 00 00 01 00 01 01 01 61 01 62"
        + " 06 00 00 00 00 00 00 00 00 00 00 00 00 00, 1002",
    "00 00 00 1e 03 00 00 00 00 00 00 00 01 00 01 01 01 61 01 62"
        + " 00 00 00 00 00 00 00 00 00 00 ff ff ff ff, 1002",
  })
  void refusesFramesThatCannotBe(String hex, int code) {
    try (IngestClient client = ready()) {
      client.sendHex(hex);

      assertThat(client.goaway().code()).isEqualTo(code);
    }
    assertThat(server.count(Counter.EVENTS_APPENDED)).isZero();
  }

  @Test
  void refusesASecondHello() {
    try (IngestClient client = ready()) {
      client.hello("agents", 1, server.token());

      assertThat(client.goaway().code()).isEqualTo(1002);
    }
  }

  @Test
  void acknowledgesWhatCameBeforeABrokenFrame() {
    try (IngestClient client = ready()) {
      client.publish(1, GOOD, GOOD);
      client.sendHex("00 00 00 00");

      assertThat(client.settled(2).sequences()).containsExactly(1L, 2L);
      assertThat(client.goaway().code()).isEqualTo(1002);
    }
  }

  // Events.

  @Test
  void rejectsAnEventThatIsTooLargeAndTakesTheRestOfItsBatch() {
    byte[] tooLarge = event("thread/1", "note", '"' + "x".repeat(1024) + '"');
    try (IngestClient client = ready()) {
      client.publish(1, GOOD, tooLarge, GOOD);
      Settled settled = client.settled(3);

      assertThat(settled.sequences()).containsExactly(1L, 0L, 2L);
      assertRejected(settled, 2, ErrorCode.TOO_LARGE);
    }
    assertThat(server.count(Counter.LIMIT_EVENT_BYTES)).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{}{}", "nul", "{\"a\":01}", "'a'", "{\"a\":1,}", "\"\u0001\""})
  void rejectsWhatIsNoJson(String data) {
    assertRejects(event("thread/1", "note", data), ErrorCode.BAD_JSON);
  }

  @Test
  void rejectsWhatIsNotUtf8() {
    byte[] overlong = {'"', (byte) 0xc0, (byte) 0xaf, '"'};
    assertRejects(event(List.of("thread/1"), "note", Map.of(), overlong), ErrorCode.BAD_UTF8);
  }

  @ParameterizedTest
  @CsvSource({
    "bad topic, note, r1, BAD_TOPIC",
    "'', note, r1, BAD_TOPIC",
    "thread/1, bad type, r1, BAD_TYPE",
    "thread/1, '', r1, BAD_TYPE",
    "thread/1, note, '', BAD_ID",
    "thread/1, note, 'a\"b', BAD_ID",
    "secret/1, note, r1, NOT_FOUND",
  })
  void rejectsBadNames(String topic, String type, String run, ErrorCode code) {
    byte[] data = "{}".getBytes(StandardCharsets.UTF_8);
    assertRejects(event(List.of(topic), type, Map.of(IdField.RUN_ID, run), data), code);
  }

  @Test
  void rejectsATopicThatComesTwice() {
    byte[] data = "{}".getBytes(StandardCharsets.UTF_8);
    assertRejects(
        event(List.of("thread/1", "thread/1"), "note", Map.of(), data), ErrorCode.BAD_TOPIC);
  }

  /// Sends the event between two good ones, by a token that may publish to threads.
  private void assertRejects(byte[] bad, ErrorCode code) {
    try (IngestClient client = new IngestClient(server.server().ingestPort())) {
      client.hello("agents", 1, publishToken("thread/*"));
      client.welcome();
      client.publish(1, GOOD, bad, GOOD);
      Settled settled = client.settled(3);

      assertThat(settled.sequences()).startsWith(1L).endsWith(2L).contains(0L);
      assertRejected(settled, 2, code);
    }
  }

  private static void assertRejected(Settled settled, long sequence, ErrorCode code) {
    assertThat(settled.rejects()).hasSize(1);
    assertThat(settled.rejects().getFirst().sequence()).isEqualTo(sequence);
    assertThat(settled.rejects().getFirst().errorCode()).isEqualTo(code);
  }

  // Flow.

  @Test
  void endsAPublisherThatExceedsTheWindow() {
    try (IngestClient client = ready()) {
      byte[][] events = IntStream.range(0, 65).mapToObj(_ -> GOOD).toArray(byte[][]::new);
      client.publish(1, events);

      assertThat(client.goaway().code()).isEqualTo(4504);
    }
    assertThat(server.count(Counter.LIMIT_INGEST_WINDOW)).isOne();
    assertThat(server.count(Counter.EVENTS_APPENDED)).isZero();
  }

  @Test
  void givesTheWindowBackWithEachAck() {
    byte[][] events = IntStream.range(0, 64).mapToObj(_ -> GOOD).toArray(byte[][]::new);
    try (IngestClient client = ready()) {
      for (int i = 0; i < 10; i++) {
        client.publish(1 + i * 64L, events);
        client.settled(64 + i * 64L);
      }
    }
    assertThat(server.count(Counter.EVENTS_APPENDED)).isEqualTo(640);
  }

  // Tokens.

  @Test
  void refusesAnExpiredToken() {
    assertGoaway(
        server.token("acme", List.of("*"), List.of("*"), Duration.ofHours(-1)), "", 4004, true);
  }

  @Test
  void refusesAForgedToken() {
    String token = server.token();
    char last = token.charAt(token.length() - 10);
    String forged =
        token.substring(0, token.length() - 10)
            + (last == 'a' ? 'b' : 'a')
            + token.substring(token.length() - 9);
    assertGoaway(forged, "", 4500, false);
  }

  @Test
  void refusesNoToken() {
    assertGoaway("", "", 4500, false);
  }

  @Test
  void refusesATokenThatMayNotPublish() {
    assertGoaway(
        server.token("acme", List.of("*"), List.of(), Duration.ofHours(1)), "", 4501, false);
  }

  @Test
  void refusesATenantThatTheTokenDoesNotHave() {
    assertGoaway(server.token(), "globex", 4501, false);
  }

  @Test
  void endsAConnectionWhoseTokenExpires() {
    // Within the clock skew it is still accepted.
    String token =
        server.token("acme", List.of("*"), List.of("*"), Duration.ofSeconds(-30).plusMillis(2500));
    try (IngestClient client = new IngestClient(server.server().ingestPort())) {
      client.hello("agents", 1, token);
      client.welcome();
      IngestFrame frame = client.next();
      while (frame instanceof IngestFrame.Ping ping) {
        client.send(new IngestFrame.Pong(ping.value()));
        frame = client.next();
      }

      assertThat(frame)
          .isInstanceOfSatisfying(
              IngestFrame.Goaway.class, goaway -> assertThat(goaway.code()).isEqualTo(4004));
    }
  }

  private void assertGoaway(String token, String tenant, int code, boolean reconnect) {
    try (IngestClient client = new IngestClient(server.server().ingestPort())) {
      client.send(new IngestFrame.Hello(1, "agents", tenant, token));
      IngestFrame.Goaway goaway = client.next(IngestFrame.Goaway.class);

      assertThat(goaway.code()).isEqualTo(code);
      assertThat(goaway.reconnect()).isEqualTo(reconnect);
      assertThat(client.nextOrEnd()).isNull();
    }
  }

  private String publishToken(String pattern) {
    return server.token("acme", List.of("*"), List.of(pattern), Duration.ofHours(1));
  }

  private IngestClient ready() {
    return IngestClient.ready(server, "agents", 1);
  }
}
