package io.pushrod.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.http.Router;
import io.pushrod.server.http.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransportsTest {
  @ParameterizedTest
  @EnumSource(Transports.class)
  void servesOverEach(Transports transports) {
    Router router =
        new Router(7200).add(HttpMethod.GET, "/", exchange -> exchange.respondJson(200, "1"));
    try (TestServer server = new TestServer(router, List.of(), Transports.of(transports.label()));
        RawClient client = server.client()) {
      assertThat(client.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void refusesATransportThatItDoesNotKnow() {
    assertThatThrownBy(() -> Transports.of("kqueue"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("transport: kqueue (expected: auto, epoll or nio)");
  }
}
