package io.pushrod.codec.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseParserTest {
  private static final int LIMIT = 1000;
  private static final String[] PIECES = {
    "data: x",
    "data:",
    "data",
    "data:  y",
    "id: 7",
    "id",
    "id: a\u0000b",
    "event: t",
    "event",
    "retry: 10",
    "retry: 1x",
    ":",
    ": c",
    "other: z",
    "",
    "",
    "\r",
    "é: é",
    "data: a:b"
  };

  @Test
  void readsTheExamplesOfTheStandard() {
    assertThat(heard("data: YHOO\ndata: +2\ndata: 10\n\n"))
        .containsExactly("message [YHOO|+2|10] #");
    assertThat(
            heard(
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"))
        .containsExactly(
            "comment",
            "message [first event] #1",
            "message [second event] #",
            "message [ third event] #");
    assertThat(heard("data\n\ndata\ndata\n\ndata:"))
        .containsExactly("message [] #", "message [|] #");
    assertThat(heard("data:test\n\ndata: test\n\n"))
        .containsExactly("message [test] #", "message [test] #");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void endsLinesInLfAndCrAndCrlf(String end) {
    assertThat(heard("id: 1#data: a#data: b##data: c##".replace("#", end)))
        .containsExactly("message [a|b] #1", "message [c] #1");
  }

  @Test
  void mixesLineEnds() {
    assertThat(heard("data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\rdata: e\r\r"))
        .containsExactly("message [a|b|c] #", "message [d] #", "message [e] #");
  }

  @Test
  void skipsOneByteOrderMarkAtTheStartOnly() {
    assertThat(heard("\uFEFFdata: a\n\n\uFEFFdata: b\n\n")).containsExactly("message [a] #");
    assertThat(heard("\uFEFF\uFEFFdata: a\n\n")).isEmpty();
  }

  @Test
  void namesTheTypeForOneEventOnly() {
    assertThat(heard("event: tick\ndata: a\n\ndata: b\n\nevent: x\nevent:\ndata: c\n\n"))
        .containsExactly("tick [a] #", "message [b] #", "message [c] #");
  }

  @Test
  void anEventWithoutDataIsNotDispatchedButSetsTheId() {
    SseParser parser = new SseParser(LIMIT);
    assertThat(feed(parser, "id: 5\n\n", 100)).isEmpty();
    assertThat(parser.lastEventId()).isEqualTo("5");
    assertThat(feed(parser, "event: lost\n\ndata: a\n\n", 100)).containsExactly("message [a] #5");
  }

  @Test
  void anIdCountsOnlyOnceItsEventHasEnded() {
    SseParser parser = new SseParser(LIMIT);
    feed(parser, "id: 1\ndata: a\n\nid: 2\ndata: b\n", 100);
    assertThat(parser.lastEventId()).isEqualTo("1");
  }

  @Test
  void ignoresAnIdWithNul() {
    assertThat(heard("id: 1\ndata: a\n\nid: 2\u00003\ndata: b\n\n"))
        .containsExactly("message [a] #1", "message [b] #1");
  }

  @Test
  void anEmptyIdForgetsTheLast() {
    assertThat(heard("id: 1\ndata: a\n\nid\ndata: b\n\n"))
        .containsExactly("message [a] #1", "message [b] #");
  }

  @Test
  void takesDelaysOfDigitsOnly() {
    assertThat(heard("retry: 2500\nretry: 0\nretry: -1\nretry: 1.5\nretry: 1 \nretry\nretry: ٣\n"))
        .containsExactly("retry 2500", "retry 0");
    assertThat(heard("retry: 999999999\nretry: 99999999999999999999\n"))
        .containsExactly("retry 999999999", "retry 2147483647");
  }

  @Test
  void ignoresUnknownFieldsAndOtherSpellings() {
    assertThat(heard("dat: x\ndatax: x\nDATA: x\n data: x\nid x: 1\n\n")).isEmpty();
  }

  @Test
  void dropsAnEventThatIsCutByTheEnd() {
    assertThat(heard("data: a\n")).isEmpty();
    assertThat(heard("data: a")).isEmpty();
  }

  @Test
  void startsAfreshAfterAReconnectAndKeepsTheLastId() {
    SseParser parser = new SseParser(LIMIT);
    feed(parser, "id: 1\ndata: a\n\nid: 2\nevent: t\ndata: lost\ndata: los", 100);
    parser.reset();
    assertThat(feed(parser, "\uFEFFdata: b\n\n", 100)).containsExactly("message [b] #1");
  }

  @Test
  void refusesLinesAndEventsBeyondTheLimit() {
    assertThat(refusal("data: " + "x".repeat(995))).isEqualTo(CloseReason.FRAME_TOO_BIG);
    assertThat(refusal(("data: " + "x".repeat(499) + "\n").repeat(3)))
        .isEqualTo(CloseReason.FRAME_TOO_BIG);
    assertThat(heard(("data: " + "x".repeat(498) + "\n").repeat(2) + "\n")).hasSize(1);
    assertThat(heard((":" + "x".repeat(999) + "\n").repeat(3))).hasSize(3);
  }

  @Test
  void readsWhatTheWriterWrites() {
    ByteBuf out = Unpooled.buffer();
    ByteBuf data = Unpooled.copiedBuffer("{\"a\":1}", UTF_8);
    SseWriter.writeRetry(out, 3000);
    SseWriter.writeEvent(out, "k3".getBytes(UTF_8), 17, data, 0, 7);
    SseWriter.writeComment(out);
    SseWriter.writeId(out, "a=k3-18,b=k3-1");
    SseWriter.writeEvent(out, data, 0, 7);
    assertThat(heard(out.toString(UTF_8)))
        .containsExactly(
            "retry 3000",
            "message [{\"a\":1}] #k3-17",
            "comment",
            "message [{\"a\":1}] #a=k3-18,b=k3-1");
  }

  @Property(tries = 500)
  void hearsTheSameOfAnyPieces(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    String[] ends = {"\n", "\r", "\r\n"};
    for (int i = random.nextInt(30); i > 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]).append(ends[random.nextInt(3)]);
    }
    List<String> whole = feed(new SseParser(LIMIT), text.toString(), Integer.MAX_VALUE);
    assertThat(feed(new SseParser(LIMIT), text.toString(), 1)).isEqualTo(whole);
    assertThat(feed(new SseParser(LIMIT), text.toString(), 2 + random.nextInt(9))).isEqualTo(whole);
  }

  private static List<String> heard(String text) {
    List<String> whole = feed(new SseParser(LIMIT), text, Integer.MAX_VALUE);
    assertThat(feed(new SseParser(LIMIT), text, 1)).isEqualTo(whole);
    return whole;
  }

  private static CloseReason refusal(String text) {
    return catchThrowableOfType(
            ProtocolException.class, () -> feed(new SseParser(LIMIT), text, Integer.MAX_VALUE))
        .reason();
  }

  private static List<String> feed(SseParser parser, String text, int pieceBytes) {
    List<String> heard = new ArrayList<>();
    SseListener listener =
        new SseListener() {
          @Override
          public void onEvent(String type, ByteBuf data, int offset, int length) {
            String shown = data.toString(offset, length, UTF_8).replace('\n', '|');
            heard.add(type + " [" + shown + "] #" + parser.lastEventId());
          }

          @Override
          public void onRetry(int millis) {
            heard.add("retry " + millis);
          }

          @Override
          public void onComment() {
            heard.add("comment");
          }
        };
    ByteBuf bytes = Unpooled.copiedBuffer(text, UTF_8);
    while (bytes.isReadable()) {
      parser.parse(bytes.readSlice(Math.min(pieceBytes, bytes.readableBytes())), listener);
    }
    return heard;
  }
}
