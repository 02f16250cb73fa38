package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.SseClient.Dispatched;
import io.pushrod.server.support.TestWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Messages of KDCube's clients with files: form data of both generations.
class KdcubeFormTest {
  @RegisterExtension RunningServer server = new RunningServer();

  private static String field(String name, String value) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }

  private static String file(String filename, String type, String content) {
    return "--B\r\nContent-Disposition: form-data; name=\"files\"; filename=\""
        + filename
        + "\"\r\nContent-Type: "
        + type
        + "\r\n\r\n"
        + content
        + "\r\n";
  }

  private static HttpResponse<String> form(KdcubeUser user, String... parts) {
    return user.form("s1", "B", String.join("", parts) + "--B--\r\n");
  }

  private static String shown(HttpResponse<String> answer) {
    return answer.statusCode() + " " + answer.body();
  }

  private List<Path> files() {
    Path assets = server.dataDir().resolve("assets");
    if (!Files.exists(assets)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(assets)) {
      return all.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitNoFiles() {
    Await.until("no files", () -> files().isEmpty());
  }

  private static final String CLASSIC =
      "{\"message\":{\"message\":\"look\",\"conversation_id\":\"c1\",\"turn_id\":\"t1\"}}";

  @Test
  void givesAWorkerReferencesToTheFilesOfAClassicMessage() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      HttpResponse<String> answer =
          form(
              ann,
              field("message", CLASSIC),
              field(
                  "attachment_meta",
                  "[{\"filename\":\"b.txt\",\"note\":2},{\"filename\":\"a.txt\",\"note\":1}]"),
              file("a.txt", "text/plain", "first"),
              file("b.txt", "text/plain", "second"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("\"status\":\"processing_started\"");
      IngestFrame.Request request = worker.offered();
      assertThat(request.payload())
          .contains("\"message\":\"look\"")
          .contains("\"filename\":\"a.txt\",\"mime\":\"text/plain\",\"size\":5,")
          .contains("\"meta\":{\"filename\":\"a.txt\",\"note\":1}}")
          .contains("\"filename\":\"b.txt\",\"mime\":\"text/plain\",\"size\":6,")
          .contains("\"meta\":{\"filename\":\"b.txt\",\"note\":2}}");
      String url = Json.text(request.payload(), "hosted_uri");
      assertThat(server.fetch(url).body()).isEqualTo("first");
    }
  }

  @Test
  void joinsFilesOfAHeadMessageByTheirOrder() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String body =
        "{\"external_events\":[{\"type\":\"event.user.prompt\",\"reactive\":true,\"payload\":"
            + "{\"event\":{\"text\":\"look\"}}},{\"type\":\"event.user.attachment.file\","
            + "\"payload\":{\"event\":{\"filename\":\"any\",\"note\":7}}}]}";
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      form(ann, file("a.txt", "text/plain", "first"), field("event_submission", body));

      assertThat(worker.offered().payload())
          .contains("\"filename\":\"a.txt\"")
          .contains("\"meta\":{\"filename\":\"any\",\"note\":7}}");
    }
  }

  @Test
  void keepsNothingOfAMessageThatIsTooLarge() {
    server.restart(
        "surfaces.kdcube-chat.options.message_bytes=20000",
        "surfaces.kdcube-chat.options.image_bytes=100",
        "surfaces.kdcube-chat.options.document_bytes=200");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    SseClient stream = ann.readyStream("s1");
    String refused = "413 {\"detail\":\"message exceeds total size limit\"}";

    assertThat(
            shown(
                form(
                    ann,
                    field("message", CLASSIC),
                    file("a.txt", "text/plain", "a"),
                    file("b.txt", "text/plain", "b".repeat(20_000)))))
        .isEqualTo(refused);
    assertThat(stream.next()).returns("chat_error", Dispatched::name);
    assertThat(shown(form(ann, field("message", CLASSIC), file("a.png", "", "x".repeat(101)))))
        .isEqualTo(refused);
    assertThat(shown(form(ann, field("message", CLASSIC), file("a.pdf", "", "x".repeat(201)))))
        .isEqualTo(refused);
    assertThat(server.count(Counter.LIMIT_MESSAGE_BYTES)).isEqualTo(3);
    awaitNoFiles();
    assertThat(form(ann, field("message", CLASSIC), file("a.pdf", "", "x")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void refusesAttachmentsThatAreEmptyOrOfATypeThatIsNotTaken() {
    server.restart("assets.types=text/*");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String refused = "400 {\"detail\":\"Attachment rejected; message not processed.\"}";

    assertThat(shown(form(ann, field("message", CLASSIC), file("a.txt", "text/plain", ""))))
        .isEqualTo(refused);
    assertThat(shown(form(ann, field("message", CLASSIC), file("a.png", "image/png", "x"))))
        .isEqualTo(refused);
    awaitNoFiles();
  }

  @Test
  void keepsNoFilesOfAMessageThatNobodyGets() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    ann.chat("s1", CLASSIC);

    assertThat(form(ann, field("message", CLASSIC), file("a.txt", "text/plain", "x")).statusCode())
        .isEqualTo(409);

    awaitNoFiles();
  }

  @Test
  void refusesFormsWithoutAMessage() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");

    assertThat(shown(form(ann, file("a.txt", "text/plain", "x"))))
        .isEqualTo("400 {\"detail\":\"Missing \\\"message\\\"\"}");
    assertThat(shown(form(ann, field("message", "{"))))
        .isEqualTo("400 {\"detail\":\"Invalid 'message' JSON in multipart form\"}");
    assertThat(shown(form(ann, field("event_submission", "{"))))
        .isEqualTo("400 {\"detail\":\"Invalid 'event_submission' JSON in multipart form\"}");
    awaitNoFiles();
  }

  @Test
  void readsNothingOfWhoSendsTooMuch() {
    server.restart("surfaces.kdcube-chat.options.rate_registered=1/600");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    ann.chat("s1", CLASSIC);

    assertThat(form(ann, field("message", CLASSIC), file("a.txt", "text/plain", "x")).statusCode())
        .isEqualTo(429);
    assertThat(files()).isEmpty();
  }
}
