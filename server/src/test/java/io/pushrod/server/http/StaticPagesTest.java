package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.http.RawClient.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticPagesTest {
  private static final String FOLDER = "/io/pushrod/server/http/pages/";

  private final Router router = new Router(7200);
  private final TestServer server;

  StaticPagesTest() {
    StaticPages.load(FOLDER, List.of("index.html", "page.js")).addTo(router);
    server = new TestServer(router);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void servesTheIndexAtTheRootUnderAStrictPolicy() {
    try (RawClient client = server.client()) {
      Answer answer = client.get("/");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
      assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.header("Content-Security-Policy"))
          .contains("default-src 'none'")
          .doesNotContain("unsafe");
      assertThat(answer.body()).contains("<title>A page</title>");
      assertThat(client.get("/index.html").body()).isEqualTo(answer.body());
      assertThat(client.get("/page.js").header("Content-Type"))
          .isEqualTo("text/javascript; charset=utf-8");
      assertThat(client.request("HEAD", "/").answerToHead().header("Content-Length"))
          .isEqualTo(answer.header("Content-Length"));
    }
  }

  @Test
  void sendsAPageOnlyOnceWhileItIsTheSame() {
    try (RawClient client = server.client()) {
      String etag = client.get("/page.js").header("ETag");
      assertThat(etag).matches("\"[0-9a-f]{16}\"");
      Answer known = client.get("/page.js", "If-None-Match: " + etag);
      assertThat(known.status()).isEqualTo(304);
      assertThat(known.header("ETag")).isEqualTo(etag);
      assertThat(client.get("/page.js", "If-None-Match: W/" + etag).status()).isEqualTo(304);
      assertThat(client.get("/", "If-None-Match: " + etag).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/secret.html", "/../secret.html", "/%2e%2e/secret.html", "/pages/index.html"})
  void servesNothingElse(String path) {
    try (RawClient client = server.client()) {
      assertThat(client.get(path).status()).isEqualTo(404);
    }
  }

  @Test
  void refusesToStartWithoutAPage() {
    assertThatThrownBy(() -> StaticPages.load(FOLDER, List.of("missing.html")))
        .hasMessageContaining("missing.html");
    assertThatThrownBy(() -> StaticPages.load(FOLDER, List.of("notes.txt")))
        .hasMessageContaining("notes.txt");
  }
}
