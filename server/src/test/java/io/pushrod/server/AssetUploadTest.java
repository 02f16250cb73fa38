package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Somebody attaches a file, and whoever belongs to its thread gets it.
final class AssetUploadTest {
  private static final String SHA256_OF_HELLO =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  @RegisterExtension final RunningServer server = new RunningServer();
  private final AssetClient assets = new AssetClient(server);

  private String ann() {
    return assets.token("ann", List.of("thread/1", "run/r1"), List.of());
  }

  private HttpResponse<String> hello(String query) {
    return assets.upload(ann(), query, "text/plain; charset=utf-8", "hello".getBytes(UTF_8));
  }

  @Test
  void aFileIsKeptWithWhatIsKnownOfIt() throws IOException {
    HttpResponse<String> answer = hello("filename=a%20b.txt&thread_id=1&run_id=r1");
    assertThat(answer.statusCode()).isEqualTo(201);
    String id = Json.text(answer.body(), "asset_id");
    assertThat(answer.body())
        .isEqualTo(
            "{\"asset_id\":\"%s\",\"url\":\"/assets/acme/media/%s/a%%20b.txt\",\"mime\":\"text/plain\",\"size\":5,\"sha256\":\"%s\"}"
                .formatted(id, id, SHA256_OF_HELLO));
    assertThat(assets.files())
        .containsExactly("acme/media/" + id + "/.a b.txt.json", "acme/media/" + id + "/a b.txt");
    assertThat(
            Files.readString(
                server.dataDir().resolve("assets/acme/media/" + id + "/.a b.txt.json")))
        .matches(
            "\\{\"tenant\":\"acme\",\"name\":\"a b.txt\",\"user\":\"ann\",\"run\":\"r1\",\"thread\":\"1\","
                + "\"mime\":\"text/plain\",\"size\":5,\"sha256\":\""
                + SHA256_OF_HELLO
                + "\",\"created\":[0-9]{13}}");
    assertThat(server.count(Counter.ASSETS_STORED)).isEqualTo(1);
    HttpResponse<String> back = assets.fetch(ann(), Json.text(answer.body(), "url"));
    assertThat(back.statusCode()).isEqualTo(200);
    assertThat(back.body()).isEqualTo("hello");
    assertThat(back.headers().firstValue("content-type")).hasValue("text/plain");
    assertThat(back.headers().firstValue("content-length")).hasValue("5");
    assertThat(back.headers().firstValue("content-disposition"))
        .hasValue("attachment; filename=\"a b.txt\"");
    assertThat(back.headers().firstValue("content-security-policy")).hasValue("sandbox");
    assertThat(back.headers().firstValue("x-content-type-options")).hasValue("nosniff");
  }

  @Test
  void itsRunAndItsThreadAreTold() {
    String answer = hello("filename=a.txt&thread_id=1&run_id=r1").body();
    for (String topic : List.of("thread/1", "run/r1")) {
      String events = server.fetch("/v1/topics/" + topic + "/events").body();
      assertThat(events)
          .contains("\"type\":\"artifact_written\"")
          .contains("\"thread_id\":\"1\",\"run_id\":\"r1\"")
          .contains(
              "\"data\":{\"asset_id\":\"%s\",\"url\":\"%s\",\"mime\":\"text/plain\",\"size\":5,\"name\":\"a.txt\",\"preview\":\"hello\"}"
                  .formatted(Json.text(answer, "asset_id"), Json.text(answer, "url")));
    }
  }

  @Test
  void onlyTextsHaveAPreviewAndItIsShort() {
    String text = "é".repeat(2_000);
    assets.upload(ann(), "thread_id=1&filename=long.md", "", text.getBytes(UTF_8));
    assets.upload(ann(), "thread_id=1&filename=a.png", "image/png", text.getBytes(UTF_8));
    assets.upload(ann(), "thread_id=1&filename=b.txt", "text/plain", new byte[] {65, 0, 66});
    String events = server.fetch("/v1/topics/thread/1/events").body();
    assertThat(events)
        .contains(
            "\"mime\":\"text/markdown\",\"size\":4000,\"name\":\"long.md\",\"preview\":\""
                + "é".repeat(512)
                + "\"")
        .contains("\"name\":\"a.png\"}")
        .contains("\"name\":\"b.txt\"}");
  }

  @Test
  void whoMayNotReadTheThreadAttachesNothingToIt() {
    HttpResponse<String> refused = hello("filename=a.txt&thread_id=2");
    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(hello("filename=a.txt&run_id=%22").statusCode()).isEqualTo(400);
    assertThat(assets.files()).isEmpty();
  }

  @Test
  void aFileBelongsToItsUploaderToItsThreadAndToThoseWithAGrant() {
    String url = Json.text(hello("filename=a.txt&thread_id=1").body(), "url");
    assertThat(assets.fetch(assets.token("ann"), url).statusCode()).isEqualTo(200);
    for (String grant : List.of("thread/1", "thread/*", "assets/*", "assets/media/*", "*")) {
      String bob = assets.token("bob", List.of(grant), List.of());
      assertThat(assets.fetch(bob, url).statusCode()).as(grant).isEqualTo(200);
    }
    String bob = assets.token("bob", List.of("thread/2", "assets/datasets/*"), List.of("*"));
    HttpResponse<String> hidden = assets.fetch(bob, url);
    assertThat(hidden.statusCode()).isEqualTo(404);
    String eve =
        server.token("ann", "other", List.of("*"), List.of("*"), java.time.Duration.ofHours(1));
    HttpResponse<String> foreign = assets.fetch(eve, url);
    HttpResponse<String> unknown =
        assets.fetch(bob, url.replaceAll("[0-9a-f]{32}", "0".repeat(32)));
    assertThat(foreign.statusCode()).isEqualTo(404);
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(hidden.body()).isEqualTo(foreign.body()).isEqualTo(unknown.body());
    assertThat(server.send(java.net.http.HttpRequest.newBuilder(server.http(url))).statusCode())
        .isEqualTo(401);
  }

  @Test
  void whoStartedARunGetsItsFiles() {
    server.startRun("echo", "r7", "{}");
    String worker = assets.token("", List.of(), List.of("run/*"));
    HttpResponse<String> answer =
        assets.upload(worker, "filename=out.csv&run_id=r7", "text/csv", "a,b".getBytes(UTF_8));
    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(assets.fetch(assets.token("ann"), Json.text(answer.body(), "url")).body())
        .isEqualTo("a,b");
    assertThat(assets.fetch(assets.token("bob"), Json.text(answer.body(), "url")).statusCode())
        .isEqualTo(404);
  }

  @Test
  void aFormMayBringSeveral() {
    String one =
        assets.form(ann(), "", AssetClient.part("a.txt", "text/plain", "A") + "--B--").body();
    assertThat(Json.text(one, "mime")).isEqualTo("text/plain");
    HttpResponse<String> two =
        assets.form(
            ann(),
            "thread_id=1",
            "--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n"
                + AssetClient.part("a.txt", "text/plain", "A")
                + AssetClient.part("b.pdf", "application/pdf", "x".repeat(300_000))
                + "--B--");
    assertThat(two.statusCode()).isEqualTo(201);
    assertThat(two.body())
        .startsWith("{\"assets\":[{\"asset_id\":")
        .contains("/a.txt\",\"mime\":\"text/plain\",\"size\":1,")
        .contains("/b.pdf\",\"mime\":\"application/pdf\",\"size\":300000,");
    assertThat(server.fetch("/v1/topics/thread/1/events").body())
        .contains("b.pdf")
        .contains("a.txt");
    assertThat(assets.files()).hasSize(6);
  }

  @Test
  void aFormWithoutAFileIsRefused() {
    assertThat(
            assets
                .form(ann(), "", "--B\r\nContent-Disposition: form-data; name=n\r\n\r\nhi\r\n--B--")
                .statusCode())
        .isEqualTo(400);
    assertThat(assets.form(ann(), "", "nothing").statusCode()).isEqualTo(400);
    assertThat(assets.files()).isEmpty();
  }

  @Test
  void aDatasetHasThePathThatItsWriterChose() {
    String writer = assets.token("w", List.of(), List.of("assets/datasets/sales/*"));
    HttpResponse<String> first = assets.put(writer, "sales/2026/q1.csv", "a,b");
    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(Json.text(first.body(), "asset_id")).isEqualTo("datasets/sales/2026/q1.csv");
    String url = Json.text(first.body(), "url");
    assertThat(url).isEqualTo("/assets/acme/datasets/sales/2026/q1.csv");
    assertThat(assets.put(writer, "sales/2026/q1.csv", "a,b,c").statusCode()).isEqualTo(200);
    assertThat(assets.fetch(writer, url).body()).isEqualTo("a,b,c");
    String reader = assets.token("r", List.of("assets/datasets/*"), List.of());
    assertThat(assets.fetch(reader, url).body()).isEqualTo("a,b,c");
    assertThat(assets.put(writer, "other/q1.csv", "x").statusCode()).isEqualTo(404);
    assertThat(assets.put(writer, "sales/2026", "x").statusCode()).isEqualTo(400);
    assertThat(assets.put(writer, "sales/2026/q1.csv/more", "x").statusCode()).isEqualTo(400);
    assertThat(assets.files())
        .containsExactly(
            "acme/datasets/sales/2026/.q1.csv.json", "acme/datasets/sales/2026/q1.csv");
  }

  @Test
  void itsUploaderRemovesIt() {
    String url = assets.uploaded(ann(), "x");
    assertThat(assets.delete(assets.token("bob", List.of("*"), List.of()), url).statusCode())
        .isEqualTo(404);
    assertThat(assets.delete(ann(), url).statusCode()).isEqualTo(204);
    assertThat(assets.fetch(ann(), url).statusCode()).isEqualTo(404);
    assertThat(assets.delete(ann(), url).statusCode()).isEqualTo(404);
    assertThat(assets.files()).isEmpty();
    assertThat(server.count(Counter.ASSETS_REMOVED)).isEqualTo(1);
  }

  @Test
  void filesOutliveTheServer() {
    String url = assets.uploaded(ann(), "still here");
    server.stop();
    server.start();
    assertThat(assets.fetch(ann(), url).body()).isEqualTo("still here");
  }
}
