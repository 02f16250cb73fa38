package io.pushrod.codec.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Section numbers are those of RFC 6455.
class WebSocketParserTest {
  private static final int LIMIT = 70_000;

  @Test
  void readsTheExamplesOfSection57() {
    assertThat(fromServer("81 05 48 65 6c 6c 6f")).containsExactly("text Hello");
    assertThat(fromClient("81 85 37 fa 21 3d 7f 9f 4d 51 58")).containsExactly("text Hello");
    assertThat(fromServer("01 03 48 65 6c 80 02 6c 6f")).containsExactly("text Hello");
    assertThat(fromServer("89 05 48 65 6c 6c 6f")).containsExactly("ping Hello");
    assertThat(fromClient("8a 85 37 fa 21 3d 7f 9f 4d 51 58")).containsExactly("pong Hello");
    assertThat(fromServer("82 7e 01 00" + "ab".repeat(256)))
        .containsExactly("binary " + "ab".repeat(256));
    assertThat(fromServer("82 7f 00 00 00 00 00 01 00 00" + "cd".repeat(65536)))
        .containsExactly("binary " + "cd".repeat(65536));
  }

  @Test
  void readsEveryLengthAroundTheEncodingsBounds() {
    for (int length : new int[] {0, 1, 7, 8, 9, 124, 125, 126, 127, 65535, 65536, LIMIT}) {
      String text = "x".repeat(length);
      ByteBuf out = Unpooled.buffer();
      WebSocketClientFrames.writeText(out, 0x37FA213D, text);
      assertThat(fromClient(bytes(out))).containsExactly("text " + text);
    }
  }

  @Test
  void handsControlFramesOnBetweenFragments() {
    assertThat(fromServer("01 01 61", "89 01 70", "00 01 62", "8a 00", "80 01 63", "81 01 64"))
        .containsExactly("ping p", "pong ", "text abc", "text d");
  }

  @Test
  void unmasksEachFragmentWithItsOwnKey() {
    assertThat(fromClient("01 83 01020304 604060", "80 82 11223344 7547"))
        .containsExactly("text aBcde");
  }

  @Test
  void joinsFragmentsOfACharacter() {
    assertThat(fromServer("01 01 f0", "00 01 9f", "00 00", "80 02 98 80"))
        .containsExactly("text 😀");
  }

  @Test
  void doesNotCheckBinary() {
    assertThat(fromServer("02 01 ff", "80 01 c0")).containsExactly("binary ffc0");
  }

  @Test
  void readsEmptyMessages() {
    assertThat(fromServer("81 00", "82 00", "01 00", "80 00"))
        .containsExactly("text ", "binary ", "text ");
  }

  @Test
  void waitsForTheRest() {
    assertThat(fromServer("81")).containsExactly("incomplete");
    assertThat(fromServer("81 7e 01")).containsExactly("incomplete");
    assertThat(fromServer("81 02 61")).containsExactly("incomplete");
    assertThat(fromServer("01 01 61")).containsExactly("incomplete");
  }

  @Test
  void readsCloseFrames() {
    assertThat(fromServer("88 00")).containsExactly("close 1005 ");
    assertThat(fromServer("88 02 03e8")).containsExactly("close 1000 ");
    assertThat(fromClient("88 85 00000000 0fa0 627965")).containsExactly("close 4000 bye");
    assertThat(fromServer("88 7d 03e8" + "61".repeat(123)))
        .containsExactly("close 1000 " + "a".repeat(123));
  }

  @Test
  void dropsWhatFollowsAClose() {
    assertThat(fromServer("88 00", "81 01 61", "ff ff")).containsExactly("close 1005 ");
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999
      })
  void acceptsCloseCodesThatMayBeSent(int code) {
    assertThat(fromServer("88 02 %04x".formatted(code))).containsExactly("close " + code + " ");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
  void refusesCloseCodesThatMayNot(int code) {
    assertThat(fromServer("88 02 %04x".formatted(code))).containsExactly("refused PROTOCOL_ERROR");
  }

  @Test
  void refusesACloseReasonThatIsNotUtf8() {
    assertThat(fromServer("88 04 03e8 c3 28")).containsExactly("refused BAD_UTF8");
    assertThat(fromServer("88 03 03e8 c3")).containsExactly("refused BAD_UTF8");
  }

  @Test
  void refusesUnmaskedFramesOfAClient() {
    assertThat(fromClient("81 05")).containsExactly("refused PROTOCOL_ERROR");
    assertThat(fromClient("81 85 00000000 6161616161", "89 00"))
        .containsExactly("text aaaaa", "refused PROTOCOL_ERROR");
  }

  @Test
  void refusesMaskedFramesOfAServer() {
    assertThat(fromServer("81 85")).containsExactly("refused PROTOCOL_ERROR");
  }

  /// Only the bytes that show the fault are fed: none may be waited for, none buffered.
  @ParameterizedTest
  @CsvSource({
    "RSV1, c100",
    "RSV2, a100",
    "RSV3, 9100",
    "opcode 3, 8300",
    "opcode 7, 8700",
    "opcode 11, 8b00",
    "opcode 15, 8f00",
    "fragmented ping, 0900",
    "fragmented close, 0800",
    "ping of more than 125, 897e",
    "close of more than 125, 887f",
    "close of 1, 8801",
    "continuation of nothing, 8001",
    "text within a message, 01016181",
    "125 in 2 bytes, 827e007d",
    "65535 in 8 bytes, 827f000000000000ffff",
    "2^63, 827f8000000000000000",
    "2^64-1, 827fffffffffffffffff",
  })
  void refusesBadHeadersAtOnce(String what, String hex) {
    String padded = what.startsWith("text within") ? hex + "01" : hex;
    assertThat(fromServer(padded)).as(what).containsExactly("refused PROTOCOL_ERROR");
  }

  @Test
  void refusesAFrameBeyondTheLimitByItsHeader() {
    assertThat(outcome(10, "81 0b")).containsExactly("refused FRAME_TOO_BIG");
    assertThat(outcome(10, "82 7e 0fff")).containsExactly("refused FRAME_TOO_BIG");
    assertThat(outcome(10, "82 7f 7fffffffffffffff")).containsExactly("refused FRAME_TOO_BIG");
    assertThat(outcome(10, "81 0a 61616161616161616161")).containsExactly("text aaaaaaaaaa");
  }

  @Test
  void refusesFragmentsWhoseSumIsBeyondTheLimitByTheLastHeader() {
    assertThat(outcome(10, "01 06 616161616161", "80 04 62626262"))
        .containsExactly("text aaaaaabbbb");
    assertThat(outcome(10, "01 06 616161616161", "89 00", "00 05"))
        .containsExactly("ping ", "refused FRAME_TOO_BIG");
  }

  @Test
  void controlFramesMayBeLongerThanTheLimit() {
    assertThat(outcome(1, "89 05 48656c6c6f")).containsExactly("ping Hello");
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    assertThat(fromServer("81 02 c0 80")).containsExactly("refused BAD_UTF8");
    assertThat(fromServer("81 03 ed a0 80")).containsExactly("refused BAD_UTF8");
    assertThat(fromServer("81 01 c3")).containsExactly("refused BAD_UTF8");
    assertThat(fromServer("01 01 c3", "80 00")).containsExactly("refused BAD_UTF8");
    assertThat(fromServer("01 01 c3", "80 01 28")).containsExactly("refused BAD_UTF8");
  }

  @Test
  void refusesBadTextBeforeItsFrameEnds() {
    assertThat(fromServer("81 7e 1000 6161616161616161 ff")).containsExactly("refused BAD_UTF8");
    assertThat(fromServer("01 03 616161", "00 03 f4 90")).containsExactly("refused BAD_UTF8");
    assertThat(fromClient("81 fe 1000 01020304 60fd")).containsExactly("refused BAD_UTF8");
  }

  @Test
  void aHeadersPromiseAllocatesNothing() {
    UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false);
    WebSocketParser parser = WebSocketParser.ofServerFrames(1 << 20);
    ByteBuf in = alloc.buffer(10).writeBytes(HexFormat.of().parseHex("827f0000000000100000"));
    parser.parse(in, new Recorder());
    in.release();
    assertThat(alloc.metric().usedHeapMemory()).isLessThan(1024);
    parser.release();
  }

  @Test
  void stopsWhenItIsReleasedWithinACall() {
    Recorder recorder = new Recorder();
    WebSocketParser parser = WebSocketParser.ofServerFrames(LIMIT);
    ByteBuf in = Unpooled.buffer().writeBytes(HexFormat.of().parseHex("8900810161"));
    parser.parse(in, new PingReleases(parser, recorder));
    assertThat(recorder.heard).containsExactly("ping ");
    assertThat(in.isReadable()).isFalse();
  }

  @Test
  void namesTheFaultAndNotTheContent() {
    ProtocolException refusal =
        catchThrowableOfType(
            ProtocolException.class,
            () ->
                WebSocketParser.ofClientFrames(10)
                    .parse(
                        Unpooled.copiedBuffer("\u0081\u008bsecret", ISO_8859_1), new Recorder()));
    assertThat(refusal.reason()).isEqualTo(CloseReason.FRAME_TOO_BIG);
    assertThat(refusal).hasMessage("message: at least 11 bytes (expected: <= 10)");
  }

  @Test
  void namesTheSizeOfAFragmentThatWouldOverflow() {
    WebSocketParser parser = WebSocketParser.ofServerFrames(10);
    byte[] bytes = bytes("01 01 61", "80 7f 7fffffffffffffff");
    assertThatThrownBy(() -> parser.parse(Unpooled.wrappedBuffer(bytes), new Recorder()))
        .hasMessage("message: at least 9223372036854775808 bytes (expected: <= 10)");
    parser.release();
  }

  private static List<String> fromServer(String... hex) {
    return outcome(LIMIT, hex);
  }

  private static List<String> outcome(int limit, String... hex) {
    return ParserVerifier.outcome(() -> WebSocketParser.ofServerFrames(limit), bytes(hex));
  }

  private static List<String> fromClient(String... hex) {
    return fromClient(bytes(hex));
  }

  private static List<String> fromClient(byte[] bytes) {
    return ParserVerifier.outcome(() -> WebSocketParser.ofClientFrames(LIMIT), bytes);
  }

  private static byte[] bytes(String... hex) {
    return HexFormat.of().parseHex(String.join("", hex).replace(" ", ""));
  }

  private static byte[] bytes(ByteBuf buf) {
    byte[] bytes = new byte[buf.readableBytes()];
    buf.readBytes(bytes);
    return bytes;
  }

  /// Releases the parser on a ping, as a handler does that closes its channel.
  private record PingReleases(WebSocketParser parser, Recorder recorder)
      implements WebSocketListener {
    @Override
    public void onText(ByteBuf buf, int offset, int length) {
      recorder.onText(buf, offset, length);
    }

    @Override
    public void onBinary(ByteBuf buf, int offset, int length) {
      recorder.onBinary(buf, offset, length);
    }

    @Override
    public void onPing(ByteBuf buf, int offset, int length) {
      recorder.onPing(buf, offset, length);
      parser.release();
    }

    @Override
    public void onPong(ByteBuf buf, int offset, int length) {
      recorder.onPong(buf, offset, length);
    }

    @Override
    public void onClose(int code, String reason) {
      recorder.onClose(code, reason);
    }
  }
}
