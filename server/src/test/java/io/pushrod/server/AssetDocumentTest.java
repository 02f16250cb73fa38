package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.AssetClient;
import io.pushrod.server.support.RunningServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The commands of `docs/assets.md` do what it says.
final class AssetDocumentTest {
  private static final Path PAGE =
      Path.of(System.getProperty("pushrod.root", "..")).resolve("docs/assets.md");

  @TempDir Path folder;
  @RegisterExtension final RunningServer server = new RunningServer();

  @Test
  void itsCommandsWorkInTheirOrder() throws IOException, InterruptedException {
    String script =
        Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(PAGE))
            .results()
            .map(block -> block.group(1))
            .collect(Collectors.joining("echo\n", "set -e\n", ""));
    ProcessBuilder shell = new ProcessBuilder("bash", "-c", script);
    shell.directory(folder.toFile()).redirectErrorStream(true);
    shell.environment().put("BASE", server.http("").toString());
    shell
        .environment()
        .put("TOKEN", new AssetClient(server).token("ann", List.of("thread/42"), List.of()));
    Process run = shell.start();
    String output = new String(run.getInputStream().readAllBytes(), UTF_8);
    assertThat(run.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(output)
        .contains("/note.txt\",\"mime\":\"text/plain\",\"size\":13,\"sha256\":\"")
        .contains("{\"assets\":[{\"asset_id\":")
        .contains("/copy.md\"")
        .contains("\"type\":\"artifact_written\"")
        .contains("\"name\":\"note.txt\",\"preview\":\"hello, files\\n\"}")
        .contains("hello, files\nfiles")
        .containsIgnoringCase("content-disposition: inline; filename=\"note.txt\"");
    assertThat(run.exitValue()).as(output).isZero();
  }
}
