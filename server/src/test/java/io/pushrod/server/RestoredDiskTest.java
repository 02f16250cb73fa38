package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.cli.PushrodCommand;
import io.pushrod.server.cli.ServerRunner;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Readers of topics that are older than what they have seen: a backup was put back, or the machine
/// died before it had written all.
final class RestoredDiskTest {
  private static final String TOPIC = "thread/42";

  private static final ServerRunner NO_SERVER =
      new ServerRunner() {
        @Override
        public int serve(ServerConfig config) {
          throw new AssertionError("a server is started");
        }

        @Override
        public int demo(ServerConfig config) {
          return serve(config);
        }
      };

  @RegisterExtension
  final RunningServer server =
      new RunningServer("storage.backend=disk", "storage.disk.ack=written");

  private String cursorAfter(int events) {
    String page = server.fetch("/v1/topics/" + TOPIC + "/events?limit=" + events).body();
    return Json.text(page, "cursor");
  }

  private String backUp(String... more) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] arguments =
        Stream.concat(
                Stream.of("storage", "backup", "--admin=" + server.admin("")), Stream.of(more))
            .toArray(String[]::new);
    int code =
        PushrodCommand.run(
            arguments,
            NO_SERVER,
            new ByteArrayInputStream(new byte[0]),
            new PrintWriter(out, true),
            new PrintWriter(err, true));
    assertThat(code).as(err.toString()).isZero();
    assertThat(err.toString()).contains("backed up 1 topics");
    return out.toString().strip();
  }

  private static String epoch(String cursor) {
    return cursor.substring(0, cursor.indexOf('-'));
  }

  /// A cursor of what is there goes on without a gap, one of what is not hears of it.
  private void tellsReadersWhatIsGone(String seen, String gone, int stored) {
    WsClient behind = server.ws();
    behind.subscribe(TOPIC, ",\"after\":\"" + seen + "\"");
    List<String> rest = behind.nextEvents(stored - 5);
    assertThat(rest).extracting(e -> Json.number(e, "seq")).first().isEqualTo(6L);
    assertThat(rest).noneMatch(e -> e.contains("\"gap\""));

    WsClient ahead = server.ws();
    ahead.subscribe(TOPIC, ",\"after\":\"" + gone + "\"");
    List<String> all = ahead.nextEvents(1 + stored);
    assertThat(all.getFirst()).contains("\"type\":\"gap\"", "\"reason\":\"epoch\"");
    assertThat(Json.number(all.get(1), "seq")).isEqualTo(1);

    server.publishTokens(TOPIC, 100, 100);
    String next = behind.nextEvent();
    assertThat(Json.number(next, "seq")).isEqualTo(stored + 1);
    assertThat(Json.text(next, "id")).doesNotStartWith(epoch(gone));

    String page = server.fetch("/v1/topics/" + TOPIC + "/events?after=" + seen).body();
    assertThat(page).doesNotContain("\"gap\"").contains("\"seq\":6,");
    String lost = server.fetch("/v1/topics/" + TOPIC + "/events?after=" + gone).body();
    assertThat(lost).contains("\"reason\":\"epoch\"", "\"seq\":1,");
  }

  @Test
  void aBackupThatIsPutBackTellsWhoHasSeenMore() {
    server.publishTokens(TOPIC, 1, 10);
    String seen = cursorAfter(5);
    String backup = backUp("monday");
    server.publishTokens(TOPIC, 11, 20);
    String gone = cursorAfter(12);

    server.restart("storage.disk.path=" + backup);

    tellsReadersWhatIsGone(seen, gone, 10);
  }

  @Test
  void aMachineThatDiedTellsWhoHasSeenMore() throws IOException {
    server.publishTokens(TOPIC, 1, 10);
    String seen = cursorAfter(5);
    Path dead = server.dataDir().resolve("dead");
    copy(server.dataDir().resolve("topics"), dead);
    server.publishTokens(TOPIC, 11, 20);
    String gone = cursorAfter(12);
    Path file = dead.resolve("INCARNATION");
    Files.writeString(
        file, Files.readString(file).replaceFirst("(?m)^boot .*$", "boot of-another-life"));

    server.restart("storage.disk.path=" + dead);

    tellsReadersWhatIsGone(seen, gone, 10);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private HttpResponse<String> post(String type, String body) {
    return server.send(
        HttpRequest.newBuilder(server.admin("/admin/backups"))
            .header("content-type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  @Test
  void refusesWhatAPageCouldSendAndWhatIsNoRequest() {
    assertThat(post("text/plain", "{}").statusCode()).isEqualTo(400);
    assertThat(post("application/json", "{\"path\":\"/tmp\"}").statusCode()).isEqualTo(400);
    assertThat(post("application/json", "{\"name\":\"../x\"}").statusCode()).isEqualTo(400);
    assertThat(server.dataDir().resolve("backups")).doesNotExist();
  }

  @Test
  void aServerWithoutADiskSaysSo() {
    server.restart("storage.backend=memory");

    HttpResponse<String> answer = post("application/json", "{}");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("expected: disk");
  }
}
