package io.pushrod.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The worker that `docs/ingest-protocol.md` shows.
@Timeout(60)
class PythonWorkerTest extends WorkerFixture {
  private @Nullable Process process;

  @AfterEach
  void stop() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Test
  void doesARun() throws Exception {
    String script =
        blockAfter("## 11. A publisher in Python").split("\nevents = ", 2)[0]
            + "\n"
            + blockAfter("### 12.12 A worker in Python");
    process = python(script.replace("7400", Integer.toString(server.port())));

    assertThat(take(Consume.class)).isEqualTo(new Consume("agent/echo", 8));
    server.send(run(1));
    assertThat(take(Accept.class).lease()).isEqualTo(1);
    server.send(new Grant(1));
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, "{\"text\":\"hi\"}"));
    server.send(new Release(1, 28, "lapsed"));
    server.run(() -> server.present().goaway(CloseReason.NORMAL));

    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
        .isEqualTo("released with 28 lapsed\ndone\n");
    assertThat(server.storedPayloads())
        .containsExactly("{\"text\":\"0\"}", "{\"text\":\"1\"}", "{\"text\":\"2\"}");
  }

  private static Process python(String script) {
    try {
      return new ProcessBuilder("python3", "-c", script).redirectErrorStream(true).start();
    } catch (IOException e) {
      return abort("no python3 here: " + e);
    }
  }

  /// The first block of Python behind a heading.
  private static String blockAfter(String heading) throws IOException {
    List<String> lines =
        Files.readAllLines(
            Path.of(System.getProperty("pushrod.root", ".."), "docs", "ingest-protocol.md"));
    return String.join(
        "\n",
        lines.stream()
            .dropWhile(line -> !line.equals(heading))
            .dropWhile(line -> !line.equals("```python"))
            .skip(1)
            .takeWhile(line -> !line.equals("```"))
            .toList());
  }
}
