package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PushrodCommandTest {
  private final TestCommand command = new TestCommand();
  @TempDir Path folder;

  @Test
  void servesWithTheSettingsOfFileAndOptions() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("p.yaml"), "http: {port: 1}\ningest: {port: 2}\nsse: {retry: 9s}\n");
    int code =
        command.run(
            "serve",
            "--config",
            file.toString(),
            "--set",
            "http.port=3",
            "--set",
            "limits.event_bytes=1KiB",
            "--port",
            "4",
            "--admin-port",
            "0",
            "--data",
            "/tmp/x");
    assertThat(command.err()).isEmpty();
    assertThat(code).isZero();
    ServerConfig config = command.served.getFirst();
    assertThat(config.dev()).isFalse();
    assertThat(config.http().port()).isEqualTo(4);
    assertThat(config.ingest().port()).isEqualTo(2);
    assertThat(config.admin().port()).isZero();
    assertThat(config.sse().retryMillis()).isEqualTo(9_000);
    assertThat(config.limits().eventBytes()).isEqualTo(1_024);
    assertThat(config.dataDir()).isEqualTo(Path.of("/tmp/x"));
  }

  @Test
  void developmentIsAnOption() {
    assertThat(command.run("serve", "--dev", "--ingest-port", "0")).isZero();
    assertThat(command.served.getFirst().dev()).isTrue();
    assertThat(command.served.getFirst().ingest().port()).isZero();
  }

  @Test
  void demonstratesInDevelopmentMode() {
    assertThat(command.run("demo", "--port", "0")).isZero();
    assertThat(command.demonstrated.getFirst().dev()).isTrue();
  }

  @Test
  void aBadSettingIsOneLineAndExitCodeOne() {
    assertThat(command.run("serve", "--port", "80800")).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo(
            "pushrod: --port: http.port: 80800 (expected: a whole number from 0 to 65535)\n");
    assertThat(command.run("serve", "--set", "x.y=1")).isEqualTo(1);
    assertThat(command.err()).startsWith("pushrod: --set: x.y: 1 (expected: ").hasLineCount(1);
    assertThat(command.out()).isEmpty();
  }

  @Test
  void wrongUsageIsOneLineAndExitCodeTwo() {
    assertThat(command.run("serve", "--prot", "1")).isEqualTo(2);
    assertThat(command.err())
        .hasLineCount(1)
        .startsWith("pushrod serve: Unknown option")
        .contains("pushrod serve --help");
    assertThat(command.run()).isEqualTo(2);
    assertThat(command.err()).hasLineCount(1).contains("a command is missing");
    assertThat(command.run("tial")).isEqualTo(2);
    assertThat(command.run("token", "--tenant", "t")).isEqualTo(2);
    assertThat(command.err()).hasLineCount(1).contains("--user");
  }

  @Test
  void helpGoesToStandardOutput() {
    assertThat(command.run("--help")).isZero();
    assertThat(command.out()).contains("serve", "token", "publish", "tail", "demo", "Exit codes");
    assertThat(command.run("tail", "--help")).isZero();
    assertThat(command.out()).contains("--after", "--transport", "ws, sse");
    assertThat(command.run("--version")).isZero();
    assertThat(command.out()).startsWith("pushrod ");
    assertThat(command.err()).isEmpty();
  }
}
