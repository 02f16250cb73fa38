package io.pushrod.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
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
    assumeTrue(isAvailable(transports));
    Router router =
        new Router(7200).add(HttpMethod.GET, "/", exchange -> exchange.respondJson(200, "1"));
    try (TestServer server = new TestServer(router, List.of(), Transports.of(transports.label()));
        RawClient client = server.client()) {
      assertThat(client.get("/").status()).isEqualTo(200);
    }
  }

  private static boolean isAvailable(Transports transports) {
    return switch (transports) {
      case EPOLL -> Epoll.isAvailable();
      case IO_URING -> IoUring.isAvailable();
      case NIO -> true;
    };
  }

  @Test
  void refusesATransportThatItDoesNotKnow() {
    assertThatThrownBy(() -> Transports.of("kqueue"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("transport: kqueue (expected: auto, epoll, io_uring or nio)");
  }
}
