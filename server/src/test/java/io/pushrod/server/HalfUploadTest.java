package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RunningServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// An upload that ends half way leaves nothing behind.
final class HalfUploadTest {
  @RegisterExtension
  final RunningServer server = new RunningServer("assets.bytes=1MiB", "assets.per_tenant=2");

  private final AssetClient assets = new AssetClient(server);

  private RawClient begun(String... headers) {
    String[] all = new String[headers.length + 1];
    all[0] = "Authorization: Bearer " + assets.token("ann");
    System.arraycopy(headers, 0, all, 1, headers.length);
    return server.raw(0).request("POST", "/v1/assets?filename=a.txt", all);
  }

  private void nothingIsLeft() {
    Await.until("nothing is left", () -> assets.files().isEmpty());
    Await.until("no transfer", () -> server.scraped("pushrod_asset_transfers") == 0);
    // What was reserved for it is free again.
    assertThat(assets.uploaded(assets.token("ann"), "x")).isNotEmpty();
    assertThat(assets.uploaded(assets.token("ann"), "y")).isNotEmpty();
  }

  @Test
  void aClientThatVanishesLeavesNothing() {
    try (RawClient client = begun("Content-Length: 1000000")) {
      client.send("x".repeat(500_000));
      Await.until("a file is on its way", () -> assets.files().size() == 1);
      assertThat(assets.files().getFirst()).startsWith(".uploads/");
    }
    server.awaitCount(Counter.ASSET_UPLOADS_CUT, 1);
    nothingIsLeft();
  }

  @Test
  void aClientThatResetsLeavesNothing() {
    begun("Content-Length: 1000000").send("x".repeat(300_000)).reset();
    server.awaitCount(Counter.ASSET_UPLOADS_CUT, 1);
    nothingIsLeft();
  }

  @Test
  void aFormWhoseSecondFileIsCutLeavesNeither() {
    String part = AssetClient.part("a.txt", "text/plain", "whole");
    String form = part + part.substring(0, part.length() - 4);
    assertThat(assets.form(assets.token("ann"), "", form).statusCode()).isEqualTo(400);
    nothingIsLeft();
  }

  @Test
  void aFileThatGrowsTooLongLeavesNothing() {
    try (RawClient client = begun("Transfer-Encoding: chunked")) {
      int length = 1024 * 1024 + 1;
      client.send(Integer.toHexString(length) + "\r\n" + "x".repeat(length));
      assertThat(client.answer().status()).isEqualTo(413);
    }
    nothingIsLeft();
  }

  @Test
  void whatACrashLeftIsRemovedAtTheNextStart() throws IOException {
    Path root = server.dataDir().resolve("assets");
    Path media = Files.createDirectories(root.resolve("acme/media/" + "0".repeat(32)));
    server.stop();
    Files.createDirectories(root.resolve(".uploads"));
    Files.writeString(root.resolve(".uploads/half"), "half");
    Files.writeString(media.resolve("a.txt"), "content before its metadata");
    Files.writeString(media.resolve(".b.txt.json"), "{}");
    server.start();
    assertThat(assets.files()).noneMatch(file -> file.startsWith(".uploads"));
    String url = assets.uploaded(assets.token("ann"), "x");
    assertThat(assets.files()).hasSize(2);
    assertThat(Files.exists(media)).isFalse();
    assertThat(assets.fetch(assets.token("ann"), url).body()).isEqualTo("x");
  }

  @Test
  void anAssetWhoseContentIsCutIsNotServedAsWhole() throws IOException {
    String url = assets.uploaded(assets.token("ann"), "0123456789");
    Path content =
        server.dataDir().resolve("assets/acme").resolve(url.substring("/assets/acme/".length()));
    Files.writeString(content, "0123", UTF_8);
    assertThat(
            assets
                .fetch(assets.token("ann", List.of("*"), List.of()), url, "Range", "bytes=0-3")
                .body())
        .isEqualTo("0123");
    try (RawClient client = server.raw(0)) {
      client.request("GET", url, "Authorization: Bearer " + assets.token("ann"));
      assertThat(client.answerToHead().header("content-length")).isEqualTo("10");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }
}
