package io.pushrod.codec.engineio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The frames of the protocol's document.
class EnginePacketsTest {
  private final List<String> heard = new ArrayList<>();

  private final PacketListener recorder =
      new PacketListener() {
        @Override
        public void onPacket(PacketType type, ByteBuf buf, int offset, int length) {
          heard.add(type + ":" + buf.toString(offset, length, UTF_8));
        }

        @Override
        public void onBinary(ByteBuf buf, int offset, int length) {
          heard.add("BINARY:" + ByteBufUtil.hexDump(buf, offset, length));
        }
      };

  private List<String> parsed(String payload) {
    ByteBuf buf = Unpooled.copiedBuffer("##" + payload, UTF_8);
    EnginePackets.parsePayload(buf, 2, buf.readableBytes() - 2, recorder);
    return heard;
  }

  @Test
  void readsSeveralPacketsOfOnePayload() {
    assertThat(parsed("4hello\u001e2\u001e4world"))
        .containsExactly("MESSAGE:hello", "PING:", "MESSAGE:world");
  }

  @Test
  void readsABinaryMessageInBase64() {
    assertThat(parsed("4hello\u001ebAQIDBA==")).containsExactly("MESSAGE:hello", "BINARY:01020304");
  }

  @Test
  void countsNoCharacters() {
    assertThat(parsed("4€\u001e3probe")).containsExactly("MESSAGE:€", "PONG:probe");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "7", "4a\u001e", "\u001e4a", "b!!!", "bAQIDB", "-1", " 4"})
  void refusesWhatIsNoPacket(String payload) {
    assertThatThrownBy(() -> parsed(payload))
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.reason()).isEqualTo(CloseReason.PROTOCOL_ERROR));
  }

  @Test
  void hearsPacketsBeforeOneThatCannotBe() {
    assertThatThrownBy(() -> parsed("4a\u001ex\u001e4b")).isInstanceOf(ProtocolException.class);
    assertThat(heard).containsExactly("MESSAGE:a");
  }

  @Test
  void refusesBytesThatAreNoText() {
    ByteBuf buf = Unpooled.copiedBuffer("4\u00ff", ISO_8859_1);
    assertThatThrownBy(() -> EnginePackets.parsePayload(buf, 0, 2, recorder))
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.reason()).isEqualTo(CloseReason.BAD_UTF8));
  }

  @Test
  void opensASession() {
    ByteBuf out = Unpooled.buffer();
    EnginePackets.writeOpen(out, "lv_VI97HAXpY6yYWAAAC", true, 25_000, 20_000, 1_000_000);
    assertThat(out.toString(UTF_8))
        .isEqualTo(
            "0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":[\"websocket\"],"
                + "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}");
  }

  @Test
  void writesABinaryMessageAsText() {
    ByteBuf out = Unpooled.buffer();
    EnginePackets.writeBinary(out, Unpooled.wrappedBuffer(new byte[] {1, 2, 3, 4}), 0, 4);
    assertThat(out.toString(UTF_8)).isEqualTo("bAQIDBA==");
  }

  @Test
  void knowsAProbe() {
    assertThat(isProbe("probe")).isTrue();
    assertThat(isProbe("prob")).isFalse();
    assertThat(isProbe("probes")).isFalse();
    assertThat(isProbe("")).isFalse();
  }

  private static boolean isProbe(String data) {
    ByteBuf buf = Unpooled.copiedBuffer("2" + data, UTF_8);
    return EnginePackets.isProbe(buf, 1, data.length());
  }

  @Test
  void refusesInTheWordsThatClientsKnow() {
    assertThat(EngineError.values())
        .extracting(EngineError::json)
        .containsExactly(
            "{\"code\":0,\"message\":\"Transport unknown\"}",
            "{\"code\":1,\"message\":\"Session ID unknown\"}",
            "{\"code\":2,\"message\":\"Bad handshake method\"}",
            "{\"code\":3,\"message\":\"Bad request\"}",
            "{\"code\":4,\"message\":\"Forbidden\"}",
            "{\"code\":5,\"message\":\"Unsupported protocol version\"}");
  }
}
