package io.pushrod.server.transport.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptEncodingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gzip",
        "GZip",
        "x-gzip",
        "gzip, deflate, br, zstd",
        "br;q=1.0, gzip;q=0.8, *;q=0.1",
        "deflate , gzip ; q=0.001",
        "*",
        "identity;q=0.5, gzip;q=0.5",
        "gzip;q=1.000",
        ",,gzip,",
      })
  void prefersGzipWhereItIsAskedFor(String header) {
    assertThat(AcceptEncoding.prefersGzip(List.of(header))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "deflate, br",
        "identity",
        "gzip;q=0",
        "gzip;q=0.000, *",
        "*;q=0",
        "identity, gzip;q=0.5",
        "gzip;q=2",
        "gzip;q=-1",
        "gzip;q=0.0001",
        "gzip;q",
        "gzip;level=9",
        "gzipped",
        "gzip;q=0;q=1",
      })
  void leavesGzipWhereItIsNot(String header) {
    assertThat(AcceptEncoding.prefersGzip(List.of(header))).isFalse();
  }

  @Test
  void readsAllHeadersAsOneAndNoneAsNothing() {
    assertThat(AcceptEncoding.prefersGzip(List.of())).isFalse();
    assertThat(AcceptEncoding.prefersGzip(List.of("br", "gzip"))).isTrue();
  }
}
