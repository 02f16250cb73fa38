package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What relays keep to themselves, and what a server without them does not load.
class RelaySecrecyTest {
  private static final String PASSWORD = "s3cr3t-of-redis";

  @RegisterExtension RunningServer server = new RunningServer();
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

  @BeforeEach
  void listen() {
    lines.start();
    root.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(lines);
  }

  private List<String> lines() {
    return List.copyOf(lines.list).stream()
        .map(line -> line.getFormattedMessage() + line.getThrowableProxy())
        .toList();
  }

  private void restart(RedisServer redis, String password) {
    server.restart(
        "relays=[{kind: northstar, tenant: acme, url: 'redis://:"
            + password
            + "@127.0.0.1:"
            + redis.port()
            + "'}]");
  }

  @Test
  void aPasswordIsInNoLine() {
    Level before = root.getLevel();
    try (RedisServer redis = RedisServer.start(PASSWORD)) {
      root.setLevel(Level.DEBUG);
      restart(redis, PASSWORD);
      WsClient reader = server.ws();
      reader.subscribe("thread/1", "");
      redis.publishTo(1, "thread:1", "{\"thread_id\":\"1\",\"text\":\"payl0ad\"}");
      assertThat(reader.nextEvent()).contains("payl0ad");
      server.stop();
    } finally {
      root.setLevel(before);
    }
    assertThat(lines())
        .anyMatch(line -> line.contains("northstar/0: connected"))
        .noneMatch(line -> line.contains(PASSWORD) || line.contains("payl0ad"));
  }

  @Test
  void aWrongPasswordIsToldAsSuchAndTriedAgain() {
    try (RedisServer redis = RedisServer.start(PASSWORD)) {
      restart(redis, "wr0ng");
      server.awaitCount(Counter.RELAY_UNREACHABLE, 2);
      server.stop();
    }
    assertThat(lines())
        .anyMatch(line -> line.contains("northstar/0: cannot be reached: WRONGPASS"))
        .noneMatch(line -> line.contains("wr0ng"));
  }

  @Test
  void aServerWithoutRowsLoadsNothingOfRedis(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path out = folder.resolve("classes");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xlog:class+load:file=" + out));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.pushrod.server.Training", folder.toString()));
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(out))
        .contains("io.pushrod.server.PushServer ")
        .doesNotContain("io.lettuce.", "reactor.core", "io.pushrod.server.relay.");
  }
}
