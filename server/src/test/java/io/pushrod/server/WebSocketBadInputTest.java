package io.pushrod.server;

import static io.pushrod.server.support.RawWs.BINARY;
import static io.pushrod.server.support.RawWs.CLOSE;
import static io.pushrod.server.support.RawWs.FIN;
import static io.pushrod.server.support.RawWs.PING;
import static io.pushrod.server.support.RawWs.PONG;
import static io.pushrod.server.support.RawWs.TEXT;
import static io.pushrod.server.support.RawWs.masked;
import static io.pushrod.server.support.RawWs.unmasked;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WebSocketBadInputTest {
  private static final byte[] NOTHING = {};
  private static final String PING_COMMAND = "{\"op\":\"ping\",\"id\":7}";
  private static final String PONG_REPLY = "{\"op\":\"ack\",\"id\":7}";

  @RegisterExtension final RunningServer server = new RunningServer();

  // Frames.

  @Test
  void endsAPeerThatSendsHalfAFrameAndNothingMore() {
    server.restart("heartbeat.ws_ping=100ms");
    RawWs client = server.rawWs();
    byte[] frame = masked(FIN | TEXT, PING_COMMAND.getBytes(UTF_8));
    client.send(Arrays.copyOf(frame, frame.length / 2));

    assertThat(client.closeCode()).isEqualTo(CloseReason.PONG_TIMEOUT.code());
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.PONG_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void endsAPeerThatDripsAFrame() {
    server.restart("heartbeat.ws_ping=100ms");
    RawWs client = server.rawWs();
    byte[] frame = masked(FIN | TEXT, new byte[10_000]);
    int sent = 8;
    client.send(Arrays.copyOf(frame, sent));

    RawWs.Frame got = client.next();
    while (got.opcode() == PING && sent < 100) {
      client.send(new byte[] {frame[sent]});
      sent++;
      got = client.next();
    }

    assertThat(got.text()).contains("\"reason\":\"pong_timeout\"");
  }

  @Test
  void refusesALengthOfTwoToThe63() {
    RawWs client = server.rawWs();
    client.send(new byte[] {(byte) 0x81, (byte) 0xff, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0});
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @Test
  void refusesALengthOfTwoToThe62BeforeItsPayload() {
    RawWs client = server.rawWs();
    client.send(new byte[] {(byte) 0x81, (byte) 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0});
    assertThat(client.closeCode()).isEqualTo(1009);
    assertThat(server.limitHits("client_frame_bytes")).isEqualTo(1);
  }

  @Test
  void refusesAMessageOverTheLimitAndTakesOneOfTheLimit() {
    server.restart("limits.client_frame_bytes=300");
    RawWs client = server.rawWs();
    client.send(PING_COMMAND + " ".repeat(300 - PING_COMMAND.length()));
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
    client.send(PING_COMMAND + " ".repeat(301 - PING_COMMAND.length()));
    assertThat(client.closeCode()).isEqualTo(1009);
    assertThat(server.limitHits("client_frame_bytes")).isEqualTo(1);
  }

  @Test
  void refusesAMessageOverTheLimitInFragments() {
    server.restart("limits.client_frame_bytes=300");
    RawWs client = server.rawWs();
    client.send(masked(TEXT, new byte[200])).send(masked(0, new byte[101]));
    assertThat(client.closeCode()).isEqualTo(1009);
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    RawWs client = server.rawWs();
    client.send(masked(FIN | TEXT, new byte[] {'"', (byte) 0xc3, (byte) 0x28, '"'}));
    assertThat(client.closeCode()).isEqualTo(1007);
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.BAD_UTF8)).isEqualTo(1);
  }

  @Test
  void refusesAFrameThatIsNotMasked() {
    RawWs client = server.rawWs();
    client.send(unmasked(FIN | TEXT, PING_COMMAND.getBytes(UTF_8)));
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @Test
  void refusesAMessageOfMoreFragmentsThanTheLimitAndTakesOneOfTheLimit() {
    server.restart("limits.client_fragments=4");
    RawWs client = server.rawWs();
    byte[] text = PING_COMMAND.getBytes(UTF_8);
    client.send(masked(TEXT, NOTHING)).send(masked(0, NOTHING)).send(masked(0, text));
    client.send(masked(FIN, NOTHING));
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
    client.send(masked(TEXT, NOTHING));
    for (int i = 0; i < 4; i++) {
      client.send(masked(0, NOTHING));
    }
    assertThat(client.closeCode()).isEqualTo(1008);
    assertThat(server.limitHits("client_fragments")).isEqualTo(1);
  }

  /// First byte (FIN, reserved bits, opcode) and length of the payload.
  @ParameterizedTest
  @CsvSource({
    "0xc1, 1",
    "0xa1, 1",
    "0x91, 1",
    "0xf1, 1",
    "0xc9, 1",
    "0x83, 1",
    "0x84, 0",
    "0x85, 0",
    "0x86, 0",
    "0x87, 0",
    "0x8b, 0",
    "0x8c, 0",
    "0x8d, 0",
    "0x8e, 0",
    "0x8f, 0",
    "0x08, 2",
    "0x09, 0",
    "0x0a, 0",
    "0x88, 126",
    "0x89, 126",
    "0x8a, 126",
    "0x89, 65536",
    "0x80, 1",
    "0x00, 1"
  })
  void refusesFramesThatNoPeerMaySend(String first, int length) {
    RawWs client = server.rawWs();
    client.send(masked(Integer.decode(first), new byte[length]));
    assertThat(client.closeCode()).isEqualTo(1002);
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.PROTOCOL_ERROR)).isEqualTo(1);
  }

  @Test
  void refusesANewMessageWithinAnother() {
    RawWs client = server.rawWs();
    client.send(masked(TEXT, NOTHING)).send(masked(FIN | TEXT, NOTHING));
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @Test
  void refusesALengthInMoreBytesThanItNeeds() {
    RawWs client = server.rawWs();
    client.send(new byte[] {(byte) 0x81, (byte) 0xfe, 0, 5, 1, 2, 3, 4, 0, 0, 0, 0, 0});
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32_768, 65_535})
  void refusesCloseCodesThatMayNotBeSent(int code) {
    RawWs client = server.rawWs();
    client.send(masked(FIN | CLOSE, new byte[] {(byte) (code >> 8), (byte) code}));
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999})
  void takesCloseCodesThatMayBeSent(int code) {
    RawWs client = server.rawWs();
    client.send(masked(FIN | CLOSE, new byte[] {(byte) (code >> 8), (byte) code}));
    assertThat(client.closeCode()).isNotIn(1002, 1006);
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.PROTOCOL_ERROR)).isZero();
  }

  @Test
  void refusesACloseOfOneByte() {
    RawWs client = server.rawWs();
    client.send(masked(FIN | CLOSE, new byte[] {3}));
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @Test
  void refusesACloseReasonThatIsNotUtf8() {
    RawWs client = server.rawWs();
    client.send(masked(FIN | CLOSE, new byte[] {0x03, (byte) 0xe8, (byte) 0xc3, 0x28}));
    assertThat(client.closeCode()).isEqualTo(1007);
  }

  @Test
  void refusesBinaryMessages() {
    RawWs client = server.rawWs();
    client.send(masked(FIN | BINARY, new byte[] {1, 2, 3}));
    assertThat(client.closeCode()).isEqualTo(1003);
  }

  @Test
  void refusesGarbageInOnePieceWithTheUpgrade() {
    byte[] garbage = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 13, 10};
    RawWs client = server.rawWsAt("/v1/ws?token=" + server.token(), 0, garbage);
    assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    assertThat(client.nextText()).contains("\"op\":\"welcome\"");
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @Test
  void executesACommandInOnePieceWithTheUpgrade() {
    byte[] command = masked(FIN | TEXT, PING_COMMAND.getBytes(UTF_8));
    RawWs client = server.rawWsAt("/v1/ws?token=" + server.token(), 0, command);
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
  }

  @Test
  void takesACommandInFragmentsWithAPingBetween() {
    RawWs client = server.rawWs();
    byte[] text = PING_COMMAND.getBytes(UTF_8);
    client.send(masked(TEXT, Arrays.copyOf(text, 5)));
    client.send(masked(0, Arrays.copyOfRange(text, 5, 6)));
    client.send(masked(FIN | PING, "still there?".getBytes(UTF_8)));
    assertThat(client.next()).isEqualTo(new RawWs.Frame(PONG, "still there?", 0));

    client.send(masked(FIN, Arrays.copyOfRange(text, 6, text.length)));

    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
  }

  @Test
  void answersACloseWithACloseAndEnds() {
    RawWs client = server.rawWs();
    client.send(masked(FIN | CLOSE, new byte[] {0x03, (byte) 0xe8}));
    RawWs.Frame answer = client.next();
    assertThat(answer.opcode()).isEqualTo(CLOSE);
    assertThat(answer.code()).isEqualTo(1000);
    assertThat(client.isEnded()).isTrue();
  }

  @Test
  void ignoresAPongThatNobodyAskedFor() {
    RawWs client = server.rawWs();
    client.send(masked(FIN | PONG, NOTHING)).send(PING_COMMAND);
    assertThat(client.next().text()).isEqualTo(PONG_REPLY);
  }

  // Commands.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"op\":\"ping\",\"id\":3     | bad_json",
        "not json at all               | bad_json",
        "\"a string\"                  | bad_request",
        "[]                            | bad_request",
        "{\"op\":\"dance\",\"id\":3}   | unknown_op",
        "{\"id\":3}                    | bad_request",
        "{\"op\":7,\"id\":3}           | bad_request",
        "{\"op\":\"subscribe\",\"id\":3} | bad_topic",
        "{\"op\":\"subscribe\",\"id\":3,\"topic\":\"a b\"} | bad_topic",
        "{\"op\":\"unsubscribe\",\"id\":3,\"topic\":\"a\"} | not_found",
        "{\"op\":\"subscribe\",\"id\":3,\"topic\":\"a\",\"policy\":\"x\"} | bad_request",
      })
  void answersAWrongCommandWithAnErrorAndLivesOn(String command, String code) {
    RawWs client = server.rawWs();
    client.send(command);
    assertThat(client.nextReply()).startsWith("{\"op\":\"error\"").contains("\"" + code + "\"");
    client.send(PING_COMMAND);
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
    assertThat(server.scraped("pushrod_command_errors_total")).isEqualTo(1);
  }

  @Test
  void echoesTheIdOfAnUnknownOp() {
    RawWs client = server.rawWs();
    client.send("{\"op\":\"dance\",\"id\":\"x-1\"}");
    assertThat(client.nextReply()).startsWith("{\"op\":\"error\",\"id\":\"x-1\",");
  }

  @Test
  void repliesWithoutAnIdToACommandWithout() {
    RawWs client = server.rawWs();
    client.send("{\"op\":\"ping\"}");
    assertThat(client.nextReply()).isEqualTo("{\"op\":\"ack\"}");
  }

  // A peer that never reads.

  @Test
  void closesAPeerThatNeverReadsAndServesTheOthers() {
    server.restart("timeouts.write_progress=200ms", "retention.bytes=256KiB");
    RawWs stalled = server.rawWs(4096);
    stalled.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    assertThat(stalled.nextReply()).contains("ack");
    RawWs healthy = server.rawWs();
    healthy.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    assertThat(healthy.nextReply()).contains("ack");

    String text = "x".repeat(1000);
    int total = 0;
    while (server.closed(Transport.WEBSOCKET, CloseReason.WRITE_TIMEOUT) == 0) {
      server.publishAll(
          100, _ -> "{\"topic\":\"t\",\"type\":\"note\",\"data\":{\"text\":\"" + text + "\"}}");
      List<String> events = healthy.eventsUntil(total + 100);
      assertThat(events).hasSize(100);
      total += 100;
    }

    assertThat(server.scraped("pushrod_log_bytes")).isLessThan(1024 * 1024);
    assertThat(server.count(Counter.GAPS_TRIMMED)).isZero();
  }
}
