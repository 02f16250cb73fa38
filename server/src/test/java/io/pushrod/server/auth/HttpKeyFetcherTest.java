package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pushrod.server.config.AuthConfig.Jwks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpKeyFetcherTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch over = new CountDownLatch(1);
  private final HttpServer issuer;
  private final HttpKeyFetcher fetcher = new HttpKeyFetcher(new Jwks(1_000, 1_000, 2_000, 1_024));

  HttpKeyFetcherTest() throws IOException {
    issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void startIssuer() {
    issuer.setExecutor(threads);
    issuer.start();
  }

  @AfterEach
  void stopIssuer() {
    over.countDown();
    fetcher.close();
    issuer.stop(0);
    threads.shutdownNow();
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + issuer.getAddress().getPort() + "/jwks");
  }

  private KeyFetcher.Fetched fetched() throws Exception {
    return fetched(url());
  }

  private KeyFetcher.Fetched fetched(URI url) throws Exception {
    CompletableFuture<KeyFetcher.Fetched> answer = new CompletableFuture<>();
    fetcher.fetch(url, answer::complete);
    return answer.get(20, TimeUnit.SECONDS);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  @Test
  void bringsTheBody() throws Exception {
    issuer.createContext("/jwks", exchange -> answer(exchange, 200, "{\"keys\":[]}"));
    assertThat(fetched()).isEqualTo(new KeyFetcher.Body("{\"keys\":[]}"));
  }

  @Test
  void stopsReadingAtTheBound() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    issuer.createContext(
        "/jwks",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] more = new byte[65_536];
          try {
            for (int i = 0; i < 16_384; i++) {
              exchange.getResponseBody().write(more);
            }
          } catch (IOException e) {
            cut.countDown();
          }
        });
    assertThat(fetched()).isEqualTo(new KeyFetcher.Failed(FetchResult.TOO_LARGE));
    assertThat(cut.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void followsNoRedirect() throws Exception {
    AtomicInteger elsewhere = new AtomicInteger();
    issuer.createContext(
        "/internal",
        exchange -> {
          elsewhere.incrementAndGet();
          answer(exchange, 200, "{}");
        });
    issuer.createContext(
        "/jwks",
        exchange -> {
          exchange.getResponseHeaders().add("Location", "/internal");
          answer(exchange, 302, "");
        });
    assertThat(fetched()).isEqualTo(new KeyFetcher.Failed(FetchResult.STATUS));
    assertThat(elsewhere).hasValue(0);
  }

  @Test
  void anErrorIsNoSet() throws Exception {
    issuer.createContext("/jwks", exchange -> answer(exchange, 500, "{\"keys\":[]}"));
    assertThat(fetched()).isEqualTo(new KeyFetcher.Failed(FetchResult.STATUS));
  }

  @Test
  void waitsNoLongerThanItsTimeForHeaders() throws Exception {
    issuer.createContext("/jwks", _ -> hang());
    assertThat(fetched()).isEqualTo(new KeyFetcher.Failed(FetchResult.TIMEOUT));
  }

  @Test
  void waitsNoLongerThanItsTimeForTheLastByte() throws Exception {
    issuer.createContext(
        "/jwks",
        exchange -> {
          exchange.sendResponseHeaders(200, 100);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          hang();
        });
    assertThat(fetched()).isEqualTo(new KeyFetcher.Failed(FetchResult.TIMEOUT));
  }

  private void hang() {
    try {
      over.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void nobodyThereIsUnreachable() throws Exception {
    issuer.stop(0);
    assertThat(fetched()).isEqualTo(new KeyFetcher.Failed(FetchResult.UNREACHABLE));
  }

  @Test
  void aUrlThatTheClientRefusesIsUnreachable() throws Exception {
    assertThat(fetched(URI.create("ftp://127.0.0.1/jwks")))
        .isEqualTo(new KeyFetcher.Failed(FetchResult.UNREACHABLE));
    assertThat(fetched(URI.create("http:///jwks")))
        .isEqualTo(new KeyFetcher.Failed(FetchResult.UNREACHABLE));
  }

  @Test
  void goesOnAfterATaskThatFailed() throws Exception {
    fetcher.later(
        0,
        () -> {
          throw new IllegalStateException("broken on purpose");
        });
    issuer.createContext("/jwks", exchange -> answer(exchange, 200, "{\"keys\":[]}"));
    assertThat(fetched()).isEqualTo(new KeyFetcher.Body("{\"keys\":[]}"));
  }
}
