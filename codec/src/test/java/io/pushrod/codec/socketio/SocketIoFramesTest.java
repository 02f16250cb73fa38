package io.pushrod.codec.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// The frames of the protocol's document.
class SocketIoFramesTest {
  private static String written(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer();
    writer.accept(out);
    return out.toString(UTF_8);
  }

  @Test
  void writesAConnect() {
    assertThat(written(out -> SocketIoFrames.connect(out, "/admin", "oSO0OpakMV_3jnilAAAA", null)))
        .isEqualTo("0/admin,{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}");
    assertThat(written(out -> SocketIoFrames.connect(out, "/", "a", "b")))
        .isEqualTo("0{\"sid\":\"a\",\"pid\":\"b\"}");
  }

  @Test
  void writesARefusal() {
    assertThat(written(out -> SocketIoFrames.connectError(out, "/", "Not authorized")))
        .isEqualTo("4{\"message\":\"Not authorized\"}");
  }

  @Test
  void writesADisconnect() {
    assertThat(written(out -> SocketIoFrames.disconnect(out, "/"))).isEqualTo("1");
    assertThat(written(out -> SocketIoFrames.disconnect(out, "/admin"))).isEqualTo("1/admin,");
  }

  @Test
  void writesAnEvent() {
    assertThat(written(out -> SocketIoFrames.event(out, "/", "foo", List.of(), 0)))
        .isEqualTo("2[\"foo\"]");
    assertThat(
            written(
                out ->
                    SocketIoFrames.event(
                        out, "/admin", "baz", List.of(Placeholders.of(0), Placeholders.of(1)), 2)))
        .isEqualTo(
            "52-/admin,[\"baz\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
  }

  @Test
  void writesAnAck() {
    assertThat(written(out -> SocketIoFrames.ack(out, "/admin", 13, List.of("\"bar\""), 0)))
        .isEqualTo("3/admin,13[\"bar\"]");
    assertThat(
            written(
                out -> SocketIoFrames.ack(out, "/", 15, List.of("\"bar\"", Placeholders.of(0)), 1)))
        .isEqualTo("61-15[\"bar\",{\"_placeholder\":true,\"num\":0}]");
  }
}
