package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SseFeedTest {
  private final StringWriter out = new StringWriter();
  private final TailReader reader =
      new TailReader(new PrintWriter(out), new PrintWriter(out), null, "");
  private final List<String> requests = new ArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpHandler handler) {
    server.createContext(
        "/v1/sse",
        exchange -> {
          requests.add(
              exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization")
                  + " "
                  + exchange.getRequestHeaders().getFirst("Last-Event-ID"));
          handler.handle(exchange);
        });
  }

  private static void stream(HttpExchange exchange, String body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream;charset=utf-8");
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
  }

  private Ending read(String after) throws InterruptedException {
    return read(after, Duration.ofSeconds(60));
  }

  private Ending read(String after, Duration silence) throws InterruptedException {
    URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new SseFeed(new TailRequest(base, "thread/ä&42", "chat", "tok", silence))
        .read(after, reader);
  }

  @Test
  void readsEventsAndResumesLikeABrowser() throws InterruptedException {
    answer(
        exchange -> {
          stream(
              exchange,
              """
              retry: 7
              id: k3-0
              data: {"op":"welcome"}

              :

              id: k3-1
              data: {"type":"a","id":"k3-1","seq":1}

              id: k3-2
              data: {"type":"cut"}""");
          exchange.close();
        });
    assertThat(read("earliest")).isEqualTo(new Ending("stream ended", true, 7));
    assertThat(reader.cursor()).isEqualTo("k3-1");
    assertThat(out.toString()).isEqualTo("{\"type\":\"a\",\"id\":\"k3-1\",\"seq\":1}\n");
    read(reader.cursor());
    assertThat(requests)
        .containsExactly(
            "/v1/sse?topic=thread%2F%C3%A4%2642&filter=chat&after=earliest Bearer tok null",
            "/v1/sse?topic=thread%2F%C3%A4%2642&filter=chat Bearer tok k3-1");
  }

  @Test
  void theFirstFrameNamesWhereToResume() throws InterruptedException {
    answer(
        exchange -> {
          stream(exchange, "id: k3-5\ndata: {\"op\":\"welcome\"}\n\n");
          exchange.close();
        });
    read("");
    assertThat(reader.cursor()).isEqualTo("k3-5");
  }

  @Test
  void tellsAnErrorByItsEnvelope() throws InterruptedException {
    answer(
        exchange -> {
          byte[] body =
              "{\"error\":{\"code\":\"not_found\",\"message\":\"no such topic\",\"retryable\":false}}"
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(404, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    assertThat(read("")).isEqualTo(Ending.forGood("not_found: no such topic"));
  }

  @Test
  void comesBackAfterServerErrorsOnly() throws InterruptedException {
    answer(
        exchange -> {
          exchange.sendResponseHeaders(requests.size() == 1 ? 503 : 401, -1);
          exchange.close();
        });
    assertThat(read("")).isEqualTo(Ending.again("HTTP status 503"));
    assertThat(read("")).isEqualTo(Ending.forGood("HTTP status 401 (expected: a valid token)"));
  }

  @Test
  void aPageIsNoStream() throws InterruptedException {
    answer(
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, 0);
          exchange.close();
        });
    assertThat(read("").again()).isFalse();
  }

  @Test
  void aServerThatIsNotThereIsUnreachable() throws InterruptedException {
    server.stop(0);
    Ending ending = read("");
    assertThat(ending.again()).isTrue();
    assertThat(ending.reason()).startsWith("cannot reach http://127.0.0.1:");
  }

  @Test
  void leavesAStreamThatSaysNothing() throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    answer(
        exchange -> {
          stream(exchange, ":\n\n");
          exchange.getResponseBody().flush();
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    assertThat(read("", Duration.ofMillis(200)))
        .isEqualTo(Ending.again("nothing was heard for too long"));
    over.countDown();
  }
}
