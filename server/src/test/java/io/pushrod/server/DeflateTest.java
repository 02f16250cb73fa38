package io.pushrod.server;

import static io.pushrod.server.support.RawWs.BINARY;
import static io.pushrod.server.support.RawWs.FIN;
import static io.pushrod.server.support.RawWs.PING;
import static io.pushrod.server.support.RawWs.RSV1;
import static io.pushrod.server.support.RawWs.TEXT;
import static io.pushrod.server.support.RawWs.masked;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.deflate.BlockDeflater;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.LongStream;
import java.util.Random;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// permessage-deflate (RFC 7692) on `/v1/ws`.
final class DeflateTest {
  private static final String OFFER =
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
  private static final String AGREED =
      "sec-websocket-extensions: permessage-deflate; server_no_context_takeover; "
          + "client_no_context_takeover";
  private static final String PING_COMMAND = "{\"op\":\"ping\",\"id\":7}";
  private static final String PONG_REPLY = "{\"op\":\"ack\",\"id\":7}";
  private static final String LONG = "{\"text\":\"" + "to be or not to be, ".repeat(100) + "\"}";

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=1");

  private RawWs client() {
    return server.rawWs(0, OFFER);
  }

  private RawWs reader(String more) {
    return reader(0, more);
  }

  private RawWs reader(int receiveBufferBytes, String more) {
    RawWs client = server.rawWs(receiveBufferBytes, OFFER);
    client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"" + more + "}");
    assertThat(client.nextReply()).startsWith("{\"op\":\"ack\"");
    return client;
  }

  // What is agreed.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permessage-deflate | ''",
        "permessage-deflate; client_max_window_bits | ''",
        "x-webkit-deflate-frame, permessage-deflate; server_no_context_takeover | ''",
        "permessage-deflate; server_max_window_bits=99, permessage-deflate | ''",
        "permessage-deflate; server_max_window_bits=9 | ; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=8; client_max_window_bits=12 "
            + "| ; server_max_window_bits=8; client_max_window_bits=12",
      })
  void agreesToTheFirstOfferThatItCanHonourWithoutContextTakeover(String offer, String more) {
    RawWs client = server.rawWs(0, "Sec-WebSocket-Extensions: " + offer);
    assertThat(client.head().toLowerCase(Locale.ROOT)).contains(AGREED + more + "\r\n");
    client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}").nextReply();
    server.publish("t", "note", LONG);
    assertThat(client.nextEvent()).contains(LONG);
    assertThat(client.compressed()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-webkit-deflate-frame",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; mode=fast",
        "permessage-deflate;;;=\"",
        ",",
      })
  void goesOnWithoutWhenItCanHonourNoOffer(String offer) {
    RawWs client = server.rawWs(0, "Sec-WebSocket-Extensions: " + offer);
    assertThat(client.head()).doesNotContainIgnoringCase("extensions");
    client.send(PING_COMMAND);
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
  }

  @Test
  void agreesToNothingWhenItIsSwitchedOff() {
    server.restart("compression.websocket=false");
    RawWs client = client();
    assertThat(client.head()).doesNotContainIgnoringCase("extensions");
    client.send(masked(FIN | RSV1 | TEXT, compressed(PING_COMMAND)));
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  // What is sent.

  @Test
  void compressesAnEventOnceForAllWhoAgreedAndNotForTheOthers() {
    RawWs plain = server.rawWs();
    plain.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}").nextReply();
    List<RawWs> readers = List.of(reader(""), reader(""), reader(""));
    for (int i = 0; i < 5; i++) {
      server.publish("t", "note", LONG);
    }
    for (int i = 0; i < 5; i++) {
      String event = plain.nextEvent();
      for (RawWs reader : readers) {
        assertThat(reader.nextEvent()).isEqualTo(event);
      }
    }
    assertThat(plain.compressed()).isZero();
    assertThat(readers).allSatisfy(reader -> assertThat(reader.compressed()).isEqualTo(5));
    assertThat(server.count(Counter.COMPRESSED_EVENTS)).isEqualTo(5);
    assertThat(server.count(Counter.COMPRESSED_FROM))
        .isGreaterThan(5 * server.count(Counter.COMPRESSED_TO));
    assertThat(server.scraped("pushrod_compressed_events_total")).isEqualTo(5);
  }

  @Test
  void leavesShortEventsAsTheLogHasThem() {
    RawWs reader = reader("");
    server.publishTokens("t", 1, 3);
    server.publish("t", "note", LONG);
    server.publishTokens("t", 5, 6);
    assertThat(reader.eventsUntil(6)).hasSize(6);
    assertThat(reader.compressed()).isEqualTo(1);
    assertThat(server.count(Counter.COMPRESSED_EVENTS)).isEqualTo(1);
  }

  @Test
  void leavesWhatDoesNotGetShorter() {
    server.restart("compression.min_bytes=0");
    RawWs reader = reader("");
    server.publish("t", "typing", "1");
    assertThat(reader.nextEvent()).contains("\"typing\"");
    server.publish("t", "note", LONG);
    assertThat(reader.nextEvent()).contains(LONG);
    assertThat(reader.compressed()).isPositive();
  }

  @Test
  void resumesBehindACursorAndTellsTheGapBeforeIt() {
    server.restart("compression.min_bytes=0", "retention.events=20");
    server.publishAll(50, i -> event(i, LONG));
    RawWs reader = reader(",\"after\":5");
    List<String> events = reader.eventsUntil(50);
    assertThat(events.getFirst()).contains("\"type\":\"gap\"", "\"reason\":\"trimmed\"");
    long from = RawWs.sequence(events.getFirst()) + 1;
    assertThat(events.subList(1, events.size()))
        .extracting(event -> Json.number(event, "seq"))
        .containsExactlyElementsOf(
            LongStream.rangeClosed(from, 50).boxed().toList());
    assertThat(reader.compressed()).isEqualTo(events.size());
  }

  private static String event(int number, String data) {
    return "{\"topic\":\"t\",\"type\":\""
        + (number % 2 == 0 ? "note" : "other")
        + "\",\"data\":"
        + data
        + "}";
  }

  @Test
  void filtersBeforeItCompresses() {
    RawWs reader = reader(",\"filter\":\"note\"");
    server.publishAll(10, i -> event(i, LONG));
    assertThat(reader.eventsUntil(9))
        .extracting(event -> Json.number(event, "seq"))
        .containsExactly(1L, 3L, 5L, 7L, 9L);
    assertThat(server.count(Counter.COMPRESSED_EVENTS)).isEqualTo(5);
  }

  @Test
  void foldsForAReaderThatLagsAndGoesLiveAgain() {
    server.restart("fold.threshold_bytes=2KiB");
    RawWs lagging = reader(4096, "");
    int published = 0;
    while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
      server.publishTokens("t", published + 1, published + 500);
      published += 500;
    }
    server.publishTokens("t", published + 1, published + 2000);
    published += 2000;
    StringBuilder text = new StringBuilder();
    for (String event : lagging.eventsUntil(published)) {
      text.append(Json.text(event, "text"));
    }
    StringBuilder expected = new StringBuilder();
    for (int i = 1; i <= published; i++) {
      expected.append('t').append(i);
    }
    assertThat(text).hasToString(expected.toString());
    assertThat(server.count(Counter.EVENTS_FOLDED)).isPositive();
    assertThat(lagging.compressed()).isPositive();
    server.publish("t", "note", LONG);
    assertThat(lagging.nextEvent()).contains(LONG);
  }

  @Test
  void losesNothingForAReaderWhoseSocketTakesHalfEvents() {
    RawWs lagging = reader(4096, "");
    int published = 0;
    while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
      server.publishAll(50, i -> "{\"topic\":\"t\",\"type\":\"note\",\"data\":" + noise(i) + "}");
      published += 50;
    }
    assertThat(lagging.eventsUntil(published)).hasSize(published);
    assertThat(lagging.compressed()).isEqualTo(published);
  }

  /// Text that gets shorter by a quarter only.
  private static String noise(int seed) {
    byte[] random = new byte[3000];
    new Random(seed).nextBytes(random);
    return "\"" + HexFormat.of().formatHex(random) + "\"";
  }

  // What is received.

  @Test
  void takesCompressedCommands() {
    RawWs client = client();
    client.send(masked(FIN | RSV1 | TEXT, compressed(PING_COMMAND)));
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
    client.send(PING_COMMAND);
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
  }

  @Test
  void takesACompressedCommandByteByByteAndInFragments() {
    RawWs client = client();
    for (byte each : masked(FIN | RSV1 | TEXT, compressed(PING_COMMAND))) {
      client.send(new byte[] {each});
    }
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
    byte[] payload = compressed(PING_COMMAND);
    client.send(masked(RSV1 | TEXT, Arrays.copyOf(payload, 5)));
    client.send(masked(FIN | PING, new byte[0]));
    client.send(masked(FIN, Arrays.copyOfRange(payload, 5, payload.length)));
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
  }

  @Test
  void readsEachClientByItselfThoughTheyShareAnInflater() {
    RawWs half = client();
    byte[] payload = compressed(PING_COMMAND);
    half.send(masked(RSV1 | TEXT, Arrays.copyOf(payload, 5)));
    RawWs bad = client();
    bad.send(masked(FIN | RSV1 | TEXT, new byte[] {-1, -1, -1}));
    assertThat(bad.closeCode()).isEqualTo(1002);
    RawWs whole = client();
    whole.send(masked(FIN | RSV1 | TEXT, payload));
    assertThat(whole.nextReply()).isEqualTo(PONG_REPLY);
    half.send(masked(FIN, Arrays.copyOfRange(payload, 5, payload.length)));
    assertThat(half.nextReply()).isEqualTo(PONG_REPLY);
  }

  @Test
  void closesAndCountsABomb() {
    RawWs client = client();
    byte[] bomb = compressed(" ".repeat(10_000_000));
    assertThat(bomb).hasSizeLessThan(64 * 1024);
    client.send(masked(FIN | RSV1 | TEXT, bomb));
    assertThat(client.closeCode()).isEqualTo(1009);
    assertThat(server.count(Counter.COMPRESSION_BOMBS)).isEqualTo(1);
    assertThat(server.limitHits("client_frame_bytes")).isEqualTo(1);
  }

  @Test
  void boundsWhatInflatesAsWhatDoesNot() {
    server.restart("limits.client_frame_bytes=300");
    RawWs client = client();
    String fits = PING_COMMAND + " ".repeat(300 - PING_COMMAND.length());
    client.send(masked(FIN | RSV1 | TEXT, compressed(fits)));
    assertThat(client.nextReply()).isEqualTo(PONG_REPLY);
    client.send(masked(FIN | RSV1 | TEXT, compressed(fits + " ")));
    assertThat(client.closeCode()).isEqualTo(1009);
  }

  @Test
  void refusesACompressedMessageThatIsTooLongBeforeItInflates() {
    RawWs client = client();
    client.send(masked(FIN | RSV1 | TEXT, new byte[70_000]));
    assertThat(client.closeCode()).isEqualTo(1009);
    assertThat(server.count(Counter.COMPRESSION_BOMBS)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {FIN | RSV1, FIN | RSV1 | PING, FIN | RSV1 | RawWs.CLOSE, FIN | 0x20 | TEXT})
  void refusesReservedBitsWhereNoCompressedMessageBegins(int first) {
    RawWs client = client();
    client.send(masked(TEXT, new byte[0])).send(masked(first, new byte[0]));
    assertThat(client.closeCode()).isEqualTo(1002);
  }

  @Test
  void refusesCompressedTextThatIsNotUtf8AndCompressedBinary() {
    RawWs client = client();
    client.send(masked(FIN | RSV1 | TEXT, compressed(new byte[] {'"', (byte) 0xc3, 0x28})));
    assertThat(client.closeCode()).isEqualTo(1007);
    client = client();
    client.send(masked(FIN | RSV1 | BINARY, compressed(PING_COMMAND)));
    assertThat(client.closeCode()).isEqualTo(1003);
  }

  private static byte[] compressed(String text) {
    return compressed(text.getBytes(UTF_8));
  }

  private static byte[] compressed(byte[] plain) {
    ByteBuf out = Unpooled.buffer();
    try (BlockDeflater deflater = new BlockDeflater(9)) {
      deflater.write(
          out, Unpooled.wrappedBuffer(plain), 0, plain.length, BlockDeflater.MAX_WINDOW_BYTES);
    }
    return ByteBufUtil.getBytes(out, 0, out.readableBytes() - BlockDeflater.TAIL_BYTES);
  }
}
