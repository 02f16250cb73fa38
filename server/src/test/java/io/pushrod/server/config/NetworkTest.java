package io.pushrod.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "10.0.0.0/9, 10.128.0.0, false",
    "10.0.0.0/9, 10.127.255.255, true",
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.4, false",
    "0.0.0.0/0, 200.1.1.1, true",
    "0.0.0.0/0, ::1, false",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe00::1, false",
    "::1, ::1, true",
    "10.0.0.0/8, ::ffff:10.0.0.1, true"
  })
  void containsWhatBeginsAlike(String network, String address, boolean contained) {
    assertThat(
            Objects.requireNonNull(Network.parse(network))
                .contains(Objects.requireNonNull(Network.address(address))))
        .isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "::/129",
        "example.com",
        "10.0.0"
      })
  void isNotAnyText(String text) {
    assertThat(Network.parse(text)).isNull();
  }

  @Test
  void stopsTheStartWhenAProxyIsNeither() {
    assertThatThrownBy(() -> ServerConfig.with(true, "http.trusted_proxies=[10.0.0.0/8, proxy]"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("http.trusted_proxies")
        .hasMessageContaining("addresses or networks");
  }
}
