package io.pushrod.codec.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketHandshakeTest {
  @Test
  void acceptsTheExampleOfRfc6455() {
    assertThat(WebSocketHandshake.accept("dGhlIHNhbXBsZSBub25jZQ=="))
        .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  }

  @Test
  void takesSixteenBytesInBase64ForAKey() {
    assertThat(WebSocketHandshake.isKey("dGhlIHNhbXBsZSBub25jZQ==")).isTrue();
    assertThat(WebSocketHandshake.isKey(WebSocketHandshake.key(new byte[16]))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZWE=",
        "dGhlIHNhbXBsZSBub25jZWFh",
        "dGhlIHNhbXBsZSBub25j!Q==",
        "dGhlIHNhbXBsZSBub25jZQ== "
      })
  void takesNothingElseForAKey(String key) {
    assertThat(WebSocketHandshake.isKey(key)).isFalse();
  }

  @Test
  void aMissingHeaderIsNoKeyAndNoVersion() {
    assertThat(WebSocketHandshake.isKey(null)).isFalse();
    assertThat(WebSocketHandshake.isVersion(null)).isFalse();
  }

  @Test
  void speaksVersion13Only() {
    assertThat(WebSocketHandshake.isVersion("13")).isTrue();
    assertThat(WebSocketHandshake.isVersion("8")).isFalse();
    assertThat(WebSocketHandshake.isVersion("13, 8")).isFalse();
  }

  @Test
  void refusesToMakeAKeyOfAnotherLength() {
    assertThatIllegalArgumentException().isThrownBy(() -> WebSocketHandshake.key(new byte[15]));
  }
}
