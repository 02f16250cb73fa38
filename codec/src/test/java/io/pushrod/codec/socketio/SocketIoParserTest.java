package io.pushrod.codec.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.socketio.SocketIoPacket.Ack;
import io.pushrod.codec.socketio.SocketIoPacket.Connect;
import io.pushrod.codec.socketio.SocketIoPacket.Disconnect;
import io.pushrod.codec.socketio.SocketIoPacket.Event;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The frames of the protocol's document.
class SocketIoParserTest {
  private static SocketIoPacket parsed(String packet) {
    ByteBuf buf = Unpooled.copiedBuffer("4" + packet, UTF_8);
    return SocketIoParser.parse(buf, 1, buf.readableBytes() - 1, 10);
  }

  @Test
  void readsAConnect() {
    assertThat(parsed("0")).isEqualTo(new Connect("/", null));
    assertThat(parsed("0/admin,")).isEqualTo(new Connect("/admin", null));
    assertThat(parsed("0/random")).isEqualTo(new Connect("/random", null));
    assertThat(parsed("0/admin,{\"token\":\"123\"}"))
        .isEqualTo(new Connect("/admin", "{\"token\":\"123\"}"));
  }

  @Test
  void showsNoCredentials() {
    assertThat(parsed("0{\"token\":\"123\"}")).hasToString("Connect[namespace=/]");
  }

  @Test
  void readsAnEvent() {
    assertThat(parsed("2[\"foo\"]")).isEqualTo(new Event("/", -1, "foo", List.of(), 0));
    assertThat(parsed("2/admin,[\"bar\",1,{\"a\":[true]}]"))
        .isEqualTo(new Event("/admin", -1, "bar", List.of("1", "{\"a\":[true]}"), 0));
    assertThat(parsed("212[\"foo\"]")).isEqualTo(new Event("/", 12, "foo", List.of(), 0));
  }

  @Test
  void readsABinaryEvent() {
    assertThat(parsed("51-[\"baz\",{\"_placeholder\":true,\"num\":0}]"))
        .isEqualTo(new Event("/", -1, "baz", List.of("{\"_placeholder\":true,\"num\":0}"), 1));
    assertThat(
            parsed(
                "52-/admin,7[\"baz\",{\"a\":{\"_placeholder\":true,\"num\":1}},"
                    + "{\"_placeholder\":true,\"num\":0}]"))
        .isInstanceOfSatisfying(
            Event.class,
            event -> {
              assertThat(event.attachments()).isEqualTo(2);
              assertThat(event.ackId()).isEqualTo(7);
              assertThat(event.args()).hasSize(2);
            });
  }

  @Test
  void readsAnAck() {
    assertThat(parsed("3/admin,13[\"bar\"]"))
        .isEqualTo(new Ack("/admin", 13, List.of("\"bar\""), 0));
    assertThat(parsed("312[]")).isEqualTo(new Ack("/", 12, List.of(), 0));
    assertThat(parsed("61-15[\"bar\",{\"_placeholder\":true,\"num\":0}]"))
        .isInstanceOf(Ack.class)
        .extracting(SocketIoPacket::attachments)
        .isEqualTo(1);
  }

  @Test
  void readsADisconnect() {
    assertThat(parsed("1")).isEqualTo(new Disconnect("/"));
    assertThat(parsed("1/admin,")).isEqualTo(new Disconnect("/admin"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "abc",
        "7",
        "0[]",
        "0\"a\"",
        "0{",
        "1{}",
        "2",
        "2{}",
        "2[]",
        "2[{}]",
        "2[true]",
        "2[\"connect\"]",
        "2[\"disconnect\"]",
        "2[\"a\"] x",
        "2abc[\"a\"]",
        "21234567890123456[\"a\"]",
        "3[\"a\"]",
        "31{}",
        "5[\"a\"]",
        "5-[\"a\"]",
        "5a-[\"a\"]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":1}]",
        "51-[\"a\",{\"_placeholder\":true}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":-1}]",
        "51-[\"a\",[{\"b\":{\"_placeholder\":true,\"num\":\"0\"}}]]"
      })
  void refusesWhatIsNoPacket(String packet) {
    assertThatThrownBy(() -> parsed(packet))
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.reason()).isEqualTo(CloseReason.PROTOCOL_ERROR));
  }

  @Test
  void refusesMoreAttachmentsThanAllowed() {
    assertThatThrownBy(() -> parsed("511-[\"a\"]"))
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.reason()).isEqualTo(CloseReason.POLICY));
  }

  @Test
  void refusesANamespaceThatIsTooLong() {
    assertThat(parsed("0/" + "a".repeat(127)).namespace()).hasSize(128);
    assertThatThrownBy(() -> parsed("0/" + "a".repeat(128))).isInstanceOf(ProtocolException.class);
  }

  @Test
  void refusesJsonThatIsTooDeep() {
    assertThatThrownBy(() -> parsed("2[\"a\"," + "[".repeat(64) + "]".repeat(64) + "]"))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void tellsAPlaceholderFromOtherObjects() {
    assertThat(Placeholders.number(Placeholders.of(3))).isEqualTo(3);
    assertThat(Placeholders.number("{\"num\":3}")).isEqualTo(-1);
    assertThat(Placeholders.number("{\"_placeholder\":false,\"num\":3}")).isEqualTo(-1);
    assertThat(Placeholders.number("\"a\"")).isEqualTo(-1);
  }
}
