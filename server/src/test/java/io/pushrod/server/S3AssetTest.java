package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.S3StandIn;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Files are in a bucket, and clients see no difference.
final class S3AssetTest {
  @TempDir Path folder;
  private final S3StandIn bucket = new S3StandIn("files");
  @RegisterExtension final RunningServer server = new RunningServer();
  private final AssetClient assets = new AssetClient(server);

  @BeforeEach
  void useTheBucket() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "wJalrXUtnFEMI\n");
    server.restart(
        "assets.store=s3",
        "assets.per_tenant=3",
        "assets.s3.endpoint=" + bucket.endpoint(),
        "assets.s3.region=eu-test-1",
        "assets.s3.bucket=files",
        "assets.s3.prefix=push/",
        "assets.s3.path_style=true",
        "assets.s3.access_key=" + S3StandIn.ACCESS_KEY,
        "assets.s3.secret_key_file=" + secret);
  }

  @AfterEach
  void stop() {
    bucket.close();
  }

  private String ann() {
    return assets.token("ann");
  }

  @Test
  void aFileIsOneObjectWithItsMetadata() {
    HttpResponse<String> answer =
        assets.upload(ann(), "filename=a.txt", "text/plain", "0123456789".getBytes(UTF_8));
    assertThat(answer.statusCode()).isEqualTo(201);
    String id = Json.text(answer.body(), "asset_id");
    assertThat(bucket.objects()).containsOnlyKeys("push/acme/media/" + id + "/a.txt");
    S3StandIn.Stored stored = bucket.objects().values().iterator().next();
    assertThat(stored.type()).isEqualTo("text/plain");
    assertThat(new String(stored.content(), UTF_8)).isEqualTo("0123456789");
    assertThat(new String(Base64.getUrlDecoder().decode("" + stored.meta()), UTF_8))
        .startsWith("{\"tenant\":\"acme\",\"name\":\"a.txt\",\"user\":\"ann\"");
    Await.until("the spool is empty", () -> assets.files().isEmpty());
  }

  @Test
  void itIsServedWholeAndByParts() {
    String url = assets.uploaded(ann(), "0123456789");
    assertThat(assets.fetch(ann(), url).body()).isEqualTo("0123456789");
    HttpResponse<String> part = assets.fetch(ann(), url, "Range", "bytes=2-4");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo("234");
    assertThat(assets.fetch(assets.token("bob"), url).statusCode()).isEqualTo(404);
    assertThat(assets.fetch(ann(), url.replace("a.txt", "b.txt")).statusCode()).isEqualTo(404);
    String big = assets.uploaded(ann(), "x".repeat(500_000));
    assertThat(assets.fetch(ann(), big).body()).hasSize(500_000);
    assertThat(assets.fetch(ann(), assets.uploaded(ann(), "")).statusCode()).isEqualTo(200);
  }

  @Test
  void itIsRemoved() {
    String url = assets.uploaded(ann(), "x");
    assertThat(assets.delete(ann(), url).statusCode()).isEqualTo(204);
    assertThat(bucket.objects()).isEmpty();
    assertThat(assets.fetch(ann(), url).statusCode()).isEqualTo(404);
  }

  @Test
  void whatIsInTheBucketCountsAfterARestart() {
    for (int i = 0; i < 3; i++) {
      assets.uploaded(ann(), "x");
    }
    server.stop();
    server.start();
    assertThat(assets.upload(ann(), "filename=a", "text/plain", "x".getBytes(UTF_8)).statusCode())
        .isEqualTo(507);
    assertThat(bucket.requests()).anyMatch(request -> request.contains("continuation-token="));
  }

  @Test
  void aDatasetIsReplacedAtOnce() {
    String writer = assets.token("w", List.of(), List.of("*"));
    assertThat(assets.put(writer, "a/b.csv", "old").statusCode()).isEqualTo(201);
    assertThat(assets.put(writer, "a/b.csv", "new").statusCode()).isEqualTo(200);
    assertThat(bucket.objects()).containsOnlyKeys("push/acme/datasets/a/b.csv");
    assertThat(assets.fetch(writer, "/assets/acme/datasets/a/b.csv").body()).isEqualTo("new");
  }

  @Test
  void anObjectOfSomebodyElseIsNoAsset() {
    bucket
        .objects()
        .put("push/acme/datasets/x", new S3StandIn.Stored("text/plain", null, new byte[1]));
    String reader = assets.token("r", List.of("*"), List.of("*"));
    assertThat(assets.fetch(reader, "/assets/acme/datasets/x").statusCode()).isEqualTo(404);
  }

  @Test
  void aBucketThatDoesNotWorkIsSaidSo() {
    bucket.failWith(403);
    HttpResponse<String> answer =
        assets.upload(ann(), "filename=a", "text/plain", "x".getBytes(UTF_8));
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"unavailable\"").doesNotContain("files");
    assertThat(server.count(Counter.ASSET_STORE_FAILED)).isPositive();
    bucket.failWith(0);
    assertThat(assets.uploaded(ann(), "x")).isNotEmpty();
    Await.until("the spool is empty", () -> assets.files().isEmpty());
  }
}
