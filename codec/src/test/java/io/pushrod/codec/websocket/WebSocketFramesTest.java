package io.pushrod.codec.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WebSocketFramesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 8100",
    "125, 817d",
    "126, 817e007e",
    "65535, 817effff",
    "65536, 817f0000000000010000",
    "2147483647, 817f000000007fffffff",
  })
  void writesTheShortestHeader(int payload, String hex) {
    assertThat(hex(out -> WebSocketFrames.writeTextHeader(out, payload))).isEqualTo(hex);
    byte[] array = new byte[12];
    int length = WebSocketFrames.writeTextHeader(array, 1, payload);
    assertThat(ByteBufUtil.hexDump(array, 1, length)).isEqualTo(hex);
    assertThat(length).isEqualTo(WebSocketFrames.headerLength(payload)).isEqualTo(hex.length() / 2);
    assertThat(array[0]).isZero();
    assertThat(array[1 + length]).isZero();
  }

  @Test
  void writesText() {
    assertThat(hex(out -> WebSocketFrames.writeText(out, "Hello"))).isEqualTo("810548656c6c6f");
    assertThat(hex(out -> WebSocketFrames.writeText(out, "é"))).isEqualTo("8102c3a9");
    ByteBuf text = Unpooled.copiedBuffer("xHellox", UTF_8);
    assertThat(hex(out -> WebSocketFrames.writeText(out, text, 1, 5))).isEqualTo("810548656c6c6f");
  }

  @Test
  void writesPings() {
    assertThat(hex(WebSocketFrames::writePing)).isEqualTo("8900");
  }

  @Test
  void answersAPingWithItsBytes() {
    ByteBuf ping = Unpooled.copiedBuffer("Hello", UTF_8);
    assertThat(hex(out -> WebSocketFrames.writePong(out, ping, 0, 5))).isEqualTo("8a0548656c6c6f");
    assertThat(hex(out -> WebSocketFrames.writePong(out, ping, 5, 0))).isEqualTo("8a00");
  }

  @Test
  void refusesToWriteControlFramesThatAreTooLong() {
    ByteBuf out = Unpooled.buffer();
    ByteBuf ping = Unpooled.buffer().writeZero(126);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WebSocketFrames.writePong(out, ping, 0, 126))
        .withMessage("control frame: 126 bytes (expected: <= 125)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WebSocketFrames.writeClose(out, 1000, "x".repeat(124)));
    assertThat(out.isReadable()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void everyCloseReasonFitsAndIsUnderstood(CloseReason reason) {
    ByteBuf out = Unpooled.buffer();
    WebSocketFrames.writeClose(out, reason);
    Recorder recorder = new Recorder();
    WebSocketParser.ofServerFrames(0).parse(out, recorder);
    assertThat(recorder.heard).containsExactly("close " + reason.code() + " " + reason.text());
  }

  @Test
  void writesACloseWithoutACode() {
    assertThat(hex(out -> WebSocketFrames.writeClose(out, WebSocketParser.NO_CODE, "")))
        .isEqualTo("8800");
  }

  @Test
  void masksTheFramesOfClients() {
    int mask = 0x37FA213D;
    ByteBuf hello = Unpooled.copiedBuffer("xHello", UTF_8);
    String body = "37fa213d7f9f4d5158";
    assertThat(hex(out -> WebSocketClientFrames.writeText(out, mask, "Hello")))
        .isEqualTo("8185" + body);
    assertThat(hex(out -> WebSocketClientFrames.writeText(out, mask, hello, 1, 5)))
        .isEqualTo("8185" + body);
    assertThat(hex(out -> WebSocketClientFrames.writeBinary(out, mask, hello, 1, 5)))
        .isEqualTo("8285" + body);
    assertThat(hex(out -> WebSocketClientFrames.writePong(out, mask, hello, 1, 5)))
        .isEqualTo("8a85" + body);
    assertThat(hex(out -> WebSocketClientFrames.writePing(out, mask))).isEqualTo("898037fa213d");
    assertThat(hello.toString(UTF_8)).isEqualTo("xHello");
  }

  @Test
  void masksTheClosesOfClients() {
    assertThat(hex(out -> WebSocketClientFrames.writeClose(out, 0x01020304, 1000, "ab")))
        .isEqualTo("88840102030402ea6266");
    assertThat(hex(out -> WebSocketClientFrames.writeClose(out, 0, WebSocketParser.NO_CODE, "")))
        .isEqualTo("888000000000");
  }

  private static String hex(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer();
    writer.accept(out);
    return ByteBufUtil.hexDump(out);
  }
}
