package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Nothing leaves its folder, whatever it is called.
final class AssetNamesTest {
  private static final List<String> HOSTILE =
      List.of(
          "../../../etc/passwd",
          "..\\..\\boot.ini",
          "/etc/shadow",
          "..",
          ".",
          "",
          " ",
          "...",
          ".htaccess",
          ".a.txt.json",
          "con",
          "NUL.txt",
          "com1.tar.gz",
          "a\u0001b\nc\r\nSet-Cookie: x",
          "invoice\u202Efdp.exe",
          "\uFF0E\uFF0E\uFF0Fx",
          "\uD800",
          "a\"b;c.txt",
          "naïve 報告.pdf",
          "x".repeat(4_000) + ".png",
          "%2e%2e%2f");

  @RegisterExtension final RunningServer server = new RunningServer();
  private final AssetClient assets = new AssetClient(server);

  private HttpResponse<String> upload(String name) {
    return assets.upload(
        assets.token("ann"),
        "filename=" + URLEncoder.encode(name, UTF_8),
        "text/plain",
        "x".getBytes(UTF_8));
  }

  private void nothingElseIsThere() throws IOException {
    try (Stream<Path> all = Files.list(server.dataDir())) {
      assertThat(all.map(file -> "" + file.getFileName()))
          .containsExactlyInAnyOrder("assets", ".pushrod");
    }
  }

  @Test
  void aHostileNameBecomesASafeOne() throws IOException {
    for (String name : HOSTILE) {
      HttpResponse<String> answer = upload(name);
      assertThat(answer.statusCode()).as(name).isEqualTo(201);
      String url = Json.text(answer.body(), "url");
      assertThat(url).as(name).matches("/assets/acme/media/[0-9a-f]{32}/[A-Za-z0-9_%.()-]{1,600}");
      HttpResponse<String> back = assets.fetch(assets.token("ann"), url);
      assertThat(back.statusCode()).as(url).isEqualTo(200);
      assertThat(back.headers().map()).doesNotContainKey("set-cookie");
    }
    assertThat(assets.files())
        .hasSize(2 * HOSTILE.size())
        .allMatch(file -> file.matches("acme/media/[0-9a-f]{32}/[^/]{1,206}"));
    nothingElseIsThere();
  }

  @Test
  void theNameThatWasSentComesBackInItsHeader() {
    String url = Json.text(upload("naïve \"報告\".pdf").body(), "url");
    assertThat(url).endsWith("/naive%20_.pdf");
    assertThat(assets.fetch(assets.token("ann"), url).headers().firstValue("content-disposition"))
        .hasValue(
            "attachment; filename=\"naive _.pdf\";"
                + " filename*=UTF-8''na%C3%AFve%20%22%E5%A0%B1%E5%91%8A%22.pdf");
  }

  @Test
  void aNameWithNulIsNoName() {
    try (RawClient client = server.raw(0)) {
      client.request(
          "POST",
          "/v1/assets?filename=a%00b",
          "Authorization: Bearer " + assets.token("ann"),
          "Content-Length: 1");
      assertThat(client.send("x").answer().status()).isEqualTo(400);
    }
    assertThat(assets.files()).isEmpty();
  }

  @Test
  void aNameInAFormIsHostileToo() throws IOException {
    String body = AssetClient.part("../../../up.txt", "text/plain", "x") + "--B--";
    HttpResponse<String> answer = assets.form(assets.token("ann"), "", body);
    assertThat(Json.text(answer.body(), "url")).endsWith("/up.txt");
    nothingElseIsThere();
  }

  @Test
  void aDatasetOutsideItsFolderIsRefused() throws IOException {
    String writer = assets.token("w", List.of("*"), List.of("*"));
    for (String path :
        List.of(
            "..%2F..%2Fx",
            "a/../../x",
            "a//b",
            "a/.",
            ".hidden",
            "a/.x.json",
            "nul/x",
            "a%5C..%5Cb",
            "na%C3%AFve",
            "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q",
            "x".repeat(201))) {
      try (RawClient client = server.raw(0)) {
        client.request(
            "PUT", "/v1/datasets/" + path, "Authorization: Bearer " + writer, "Content-Length: 1");
        assertThat(client.send("x").answer().status()).as(path).isIn(400, 404);
      }
    }
    assertThat(assets.files()).isEmpty();
  }

  @Test
  void whatLiesBesideAnAssetIsNotServed() {
    String url = assets.uploaded(assets.token("ann"), "x");
    String folder = url.substring(0, url.lastIndexOf('/'));
    String all = assets.token("root", List.of("*"), List.of("*"));
    for (String path :
        List.of(
            folder + "/.a.txt.json",
            folder + "/..%2F..%2F..%2F..%2F.pushrod%2Fdev-secret",
            "/assets/acme/datasets/..%2Fmedia",
            "/assets/acme/media/x/a.txt",
            "/assets/..%2F/datasets/x",
            "/assets/./datasets/x")) {
      try (RawClient client = server.raw(0)) {
        assertThat(client.get(path, "Authorization: Bearer " + all).status())
            .as(path)
            .isEqualTo(404);
      }
    }
  }

  @Test
  void tenantsAreKeptApartWhateverTheyAreCalled() throws IOException {
    for (String tenant :
        List.of("../acme", "..", "a/b", ".uploads", "acme/media", "t".repeat(255))) {
      String token = server.token("ann", tenant, List.of(), List.of(), Duration.ofHours(1));
      HttpResponse<String> answer =
          assets.upload(token, "filename=a.txt", "text/plain", "x".getBytes(UTF_8));
      assertThat(answer.statusCode()).as(tenant).isEqualTo(201);
      assertThat(assets.fetch(token, Json.text(answer.body(), "url")).body()).isEqualTo("x");
    }
    assertThat(assets.files())
        .hasSize(12)
        .allMatch(file -> file.matches("[^/]+/media/[^/]+/[^/]+"));
    assertThat(assets.files().stream().map(file -> file.substring(0, file.indexOf('/'))).distinct())
        .hasSize(6);
    nothingElseIsThere();
  }
}
