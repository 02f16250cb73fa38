package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RunningServer;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Files have bounds: each, together, and at a time.
final class AssetQuotaTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "assets.bytes=1000",
          "assets.per_tenant=3",
          "assets.bytes_per_tenant=1500",
          "assets.types=[text/plain, 'image/*']",
          "assets.transfers_per_tenant=2",
          "assets.transfers=3",
          "assets.files_per_upload=2");

  private final AssetClient assets = new AssetClient(server);

  private HttpResponse<String> upload(String type, int bytes) {
    return assets.upload(
        assets.token("ann"), "filename=a", type, "x".repeat(bytes).getBytes(UTF_8));
  }

  private static void refused(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
  }

  @Test
  void aFileIsNoLargerThanItsBound() {
    assertThat(upload("text/plain", 1000).statusCode()).isEqualTo(201);
    refused(upload("text/plain", 1001), 413, "too_large");
    assertThat(server.count(Counter.LIMIT_ASSET_BYTES)).isEqualTo(1);
    String form = AssetClient.part("a.txt", "text/plain", "x".repeat(1001)) + "--B--";
    refused(assets.form(assets.token("ann"), "", form), 413, "too_large");
    assertThat(server.count(Counter.LIMIT_ASSET_BYTES)).isEqualTo(2);
  }

  @Test
  void aFormHasAsManyFilesAsItMay() {
    String part = AssetClient.part("a.txt", "text/plain", "x");
    assertThat(assets.form(assets.token("ann"), "", part.repeat(2) + "--B--").statusCode())
        .isEqualTo(201);
    refused(assets.form(assets.token("ann"), "", part.repeat(3) + "--B--"), 413, "too_large");
    assertThat(server.count(Counter.LIMIT_ASSET_FILES)).isEqualTo(1);
    String field =
        "--B\r\nContent-Disposition: form-data; name=f\r\n\r\n" + "x".repeat(70_000) + "\r\n";
    refused(assets.form(assets.token("ann"), "", field + part + "--B--"), 413, "too_large");
    assertThat(server.count(Counter.LIMIT_ASSET_FORMS)).isEqualTo(1);
  }

  @Test
  void onlyTypesOfTheListAreTaken() {
    assertThat(upload("image/png", 1).statusCode()).isEqualTo(201);
    refused(upload("application/pdf", 1), 415, "unsupported_type");
    refused(upload("application/octet-stream", 1), 415, "unsupported_type");
    assertThat(server.count(Counter.LIMIT_ASSET_TYPES)).isEqualTo(2);
  }

  @Test
  void aTenantHasNoMoreBytesThanItMay() {
    assertThat(upload("text/plain", 1000).statusCode()).isEqualTo(201);
    refused(upload("text/plain", 600), 507, "asset_quota");
    assertThat(server.count(Counter.QUOTA_ASSETS)).isEqualTo(1);
    assertThat(upload("text/plain", 500).statusCode()).isEqualTo(201);
  }

  @Test
  void aTenantHasNoMoreFilesThanItMayUntilSomeAreRemoved() {
    String url = assets.uploaded(assets.token("ann"), "1");
    upload("text/plain", 1);
    upload("text/plain", 1);
    refused(upload("text/plain", 1), 507, "asset_quota");
    server.stop();
    server.start();
    refused(upload("text/plain", 1), 507, "asset_quota");
    assertThat(assets.delete(assets.token("ann"), url).statusCode()).isEqualTo(204);
    assertThat(upload("text/plain", 1).statusCode()).isEqualTo(201);
  }

  @Test
  void replacingADatasetCountsItOnce() {
    String writer = assets.token("w", List.of(), List.of("*"));
    for (int i = 0; i < 5; i++) {
      assertThat(assets.put(writer, "a.txt", "x".repeat(700)).statusCode()).isIn(200, 201);
    }
  }

  @Test
  void transfersHavePlacesOfATenantAndOfAllTogether() {
    try (RawClient one = begun("acme");
        RawClient two = begun("acme")) {
      Await.until("two are under way", () -> server.scraped("pushrod_asset_transfers") == 2);
      HttpResponse<String> third = upload("text/plain", 1);
      refused(third, 429, "rate_limited");
      assertThat(third.headers().firstValue("retry-after")).hasValue("1");
      assertThat(server.count(Counter.LIMIT_ASSET_TRANSFERS_PER_TENANT)).isEqualTo(1);
      try (RawClient other = begun("other")) {
        Await.until("three are under way", () -> server.scraped("pushrod_asset_transfers") == 3);
        try (RawClient fourth = begun("third")) {
          RawClient.Answer answer = fourth.answer();
          assertThat(answer.status()).isEqualTo(503);
          assertThat(answer.header("retry-after")).isEqualTo("1");
        }
        assertThat(server.count(Counter.LIMIT_ASSET_TRANSFERS)).isEqualTo(1);
        assertThat(other.send("0123456789").answer().status()).isEqualTo(201);
      }
      assertThat(one.send("0123456789").answer().status()).isEqualTo(201);
      assertThat(two.send("0123456789").answer().status()).isEqualTo(201);
    }
    assertThat(upload("text/plain", 1).statusCode()).isEqualTo(201);
  }

  private RawClient begun(String tenant) {
    String token = server.token("ann", tenant, List.of(), List.of(), java.time.Duration.ofHours(1));
    return server
        .raw(0)
        .request(
            "POST",
            "/v1/assets?filename=a.txt",
            "Authorization: Bearer " + token,
            "Content-Length: 10");
  }
}
