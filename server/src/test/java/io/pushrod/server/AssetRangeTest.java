package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A browser gets a file by parts, and only when it has changed.
final class AssetRangeTest {
  private static final int BIG = 3_000_000;

  @RegisterExtension final RunningServer server = new RunningServer();
  private final AssetClient assets = new AssetClient(server);

  private String ann() {
    return assets.token("ann");
  }

  private HttpResponse<String> range(String url, String range, String... more) {
    String[] headers = new String[more.length + 2];
    headers[0] = "Range";
    headers[1] = range;
    System.arraycopy(more, 0, headers, 2, more.length);
    return assets.fetch(ann(), url, headers);
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  @Test
  void aPartIsAnsweredAsOne() {
    String url = assets.uploaded(ann(), "0123456789");
    HttpResponse<String> part = range(url, "bytes=2-4");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo("234");
    assertThat(header(part, "content-range")).isEqualTo("bytes 2-4/10");
    assertThat(header(part, "content-length")).isEqualTo("3");
    assertThat(range(url, "bytes=7-").body()).isEqualTo("789");
    assertThat(range(url, "bytes=-2").body()).isEqualTo("89");
    assertThat(range(url, "bytes=5-1000").body()).isEqualTo("56789");
  }

  @Test
  void aPartThatIsNotThereIsRefused() {
    String url = assets.uploaded(ann(), "0123456789");
    HttpResponse<String> behind = range(url, "bytes=10-");
    assertThat(behind.statusCode()).isEqualTo(416);
    assertThat(header(behind, "content-range")).isEqualTo("bytes */10");
    assertThat(range(url, "bytes=-0").statusCode()).isEqualTo(416);
    assertThat(range(assets.uploaded(ann(), ""), "bytes=0-").statusCode()).isEqualTo(416);
  }

  @Test
  void whatIsNoSingleRangeGetsTheWhole() {
    String url = assets.uploaded(ann(), "0123456789");
    for (String none : new String[] {"bytes=0-1,3-4", "bytes=4-2", "bytes=a-b", "lines=1-2"}) {
      HttpResponse<String> whole = range(url, none);
      assertThat(whole.statusCode()).as(none).isEqualTo(200);
      assertThat(whole.body()).as(none).isEqualTo("0123456789");
    }
  }

  @Test
  void aPartOfAChangedFileIsTheWhole() {
    String url = assets.uploaded(ann(), "0123456789");
    String etag = header(assets.fetch(ann(), url), "etag");
    assertThat(range(url, "bytes=0-0", "If-Range", etag).statusCode()).isEqualTo(206);
    assertThat(range(url, "bytes=0-0", "If-Range", "\"other\"").statusCode()).isEqualTo(200);
    assertThat(range(url, "bytes=0-0", "If-Range", "W/" + etag).statusCode()).isEqualTo(200);
  }

  @Test
  void anUnchangedFileIsNotSentAgain() {
    String url = assets.uploaded(ann(), "0123456789");
    String etag = header(assets.fetch(ann(), url), "etag");
    assertThat(etag).matches("\"[0-9a-f]{64}\"");
    HttpResponse<String> same = assets.fetch(ann(), url, "If-None-Match", "\"x\", W/" + etag);
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(header(same, "etag")).isEqualTo(etag);
    assertThat(assets.fetch(ann(), url, "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
  }

  @Test
  void aHeadRequestHearsTheLengthOnly() {
    String url = assets.uploaded(ann(), "0123456789");
    HttpResponse<String> head =
        assets.send(ann(), url, HttpRequest.newBuilder().HEAD(), "Range", "bytes=0-1");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(header(head, "content-length")).isEqualTo("10");
    assertThat(header(head, "accept-ranges")).isEqualTo("bytes");
    assertThat(assets.fetch(ann(), url).body()).isEqualTo("0123456789");
  }

  @Test
  void onlyPicturesPdfAndTextAreShownInPlaceAndOnlyWhenAskedTo() {
    String text = assets.uploaded(ann(), "x");
    assertThat(header(assets.fetch(ann(), text), "content-disposition")).startsWith("attachment;");
    assertThat(header(assets.fetch(ann(), text + "?inline=1"), "content-disposition"))
        .isEqualTo("inline; filename=\"a.txt\"");
    for (String type : new String[] {"text/html", "image/svg+xml", "application/xhtml+xml"}) {
      String page =
          Json.text(
              assets.upload(ann(), "filename=a.html", type, "<p>".getBytes(UTF_8)).body(), "url");
      assertThat(header(assets.fetch(ann(), page + "?inline=1"), "content-disposition"))
          .as(type)
          .startsWith("attachment;");
    }
  }

  @Test
  void aBigFileGoesOutAsFastAsItIsTaken() {
    byte[] content = new byte[BIG];
    for (int i = 0; i < BIG; i++) {
      content[i] = (byte) ('a' + i % 26);
    }
    HttpResponse<String> kept =
        assets.send(
            ann(),
            "/v1/assets?filename=big.bin",
            HttpRequest.newBuilder().POST(BodyPublishers.ofByteArray(content)));
    String url = Json.text(kept.body(), "url");
    try (RawClient slow = server.raw(4 * 1024)) {
      slow.request("GET", url, "Authorization: Bearer " + ann());
      // While it does not read, others are served.
      assertThat(range(url, "bytes=2999998-").body()).isEqualTo("op");
      RawClient.Answer answer = slow.answer();
      assertThat(answer.body()).isEqualTo(new String(content, UTF_8));
      slow.request("GET", url, "Authorization: Bearer " + ann());
    }
    Await.until("no transfer is under way", () -> server.scraped("pushrod_asset_transfers") == 0);
  }
}
