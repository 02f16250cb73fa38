package io.pushrod.server.http;

import static io.pushrod.server.http.RawClient.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.http.RawClient.Answer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [TestServer#SETTINGS]: handshake 10 s, headers 5 s, body 20 s, idle 60 s.
class TimeoutTest {
  private final BlockingQueue<Exchange> parked = new ArrayBlockingQueue<>(16);
  private final Router router =
      new Router(7200)
          .add(HttpMethod.GET, "/", exchange -> exchange.respondJson(200, "1"))
          .add(HttpMethod.POST, "/", exchange -> exchange.respondJson(200, "2"))
          .add(HttpMethod.GET, "/late", parked::add);
  private final TestServer server = new TestServer(router);

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void closesAConnectionThatNeverSaysAnything() {
    try (RawClient client = server.client()) {
      server.awaitOpened(1);
      server.advanceSeconds(9);
      assertThat(server.deadlines().size()).isEqualTo(1);
      server.advanceSeconds(1);
      assertThat(client.isClosedByServer()).isTrue();
    }
    server.awaitAllClosed();
    assertThat(server.closes(CloseReason.HANDSHAKE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void answersHalfAHeaderForEverAndCloses() {
    try (RawClient client = server.client()) {
      client.send("GET / HTTP/1.1\r\nHo");
      server.awaitOpened(1);
      server.awaitBytes(18);
      server.advanceSeconds(9);
      client.send("st");
      server.awaitBytes(20);
      server.advanceSeconds(1);
      Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.body()).contains("headers: incomplete (expected: within 10000 ms)");
      assertThat(client.isClosedByServer()).isTrue();
    }
    server.awaitAllClosed();
    assertThat(server.closes(CloseReason.HANDSHAKE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void givesLaterHeadersTheirOwnShorterTime() {
    try (RawClient client = server.client()) {
      client.get("/");
      server.advanceSeconds(55);
      client.send(head("GET / HTTP/1.1", "Host: a") + "GET / HT");
      assertThat(client.answer().status()).isEqualTo(200);
      server.advanceSeconds(4);
      client.send("TP/1.1\r\nHost: a\r\n");
      server.advanceSeconds(1);
      Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.body()).contains("headers: incomplete (expected: within 5000 ms)");
      assertThat(client.isClosedByServer()).isTrue();
    }
    server.awaitAllClosed();
    assertThat(server.closes(CloseReason.HANDSHAKE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void givesUpOnABodyThatStops() {
    try (RawClient client = server.client()) {
      client.send(
          head("GET / HTTP/1.1", "Host: a")
              + head("POST / HTTP/1.1", "Host: a", "Content-Length: 5")
              + "abc");
      assertThat(client.answer().status()).isEqualTo(200);
      server.advanceSeconds(19);
      assertThat(server.deadlines().size()).isEqualTo(1);
      server.advanceSeconds(1);
      Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.body()).contains("body: incomplete");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void closesAConnectionThatHasBeenIdle() {
    try (RawClient client = server.client()) {
      client.get("/");
      server.advanceSeconds(59);
      assertThat(client.get("/").status()).isEqualTo(200);
      server.advanceSeconds(59);
      assertThat(client.get("/").status()).isEqualTo(200);
      server.advanceSeconds(60);
      assertThat(client.isClosedByServer()).isTrue();
    }
    server.awaitAllClosed();
    assertThat(server.closes(CloseReason.IDLE_TIMEOUT)).isEqualTo(1);
    assertThat(server.deadlines().size()).isZero();
  }

  @Test
  void givesAnEndpointAllTheTimeItTakes() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("GET", "/late");
      Exchange late = parked.take();
      server.advanceSeconds(3600);
      late.channel().eventLoop().execute(() -> late.respondJson(200, "\"at last\""));
      assertThat(client.answer().body()).isEqualTo("\"at last\"");
    }
  }

  @Test
  void dropsARefusedPeerThatDoesNotClose() {
    try (RawClient client = server.client()) {
      client.send(head("GET / HTTP/1.1"));
      assertThat(client.answer().status()).isEqualTo(400);
      assertThat(client.isClosedByServer()).isTrue();
      server.advanceSeconds(2);
      server.awaitAllClosed();
    }
    assertThat(server.closes(CloseReason.PROTOCOL_ERROR)).isEqualTo(1);
  }
}
