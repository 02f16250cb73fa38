package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.cli.RunReader.Status;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RunReaderTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private RunReader reader = reader(false, false);

  private RunReader reader(boolean isTerminal, boolean json) {
    PrintWriter errors = new PrintWriter(err);
    return new RunReader(
        "r1", new PrintWriter(out), errors, new ProgressLine(errors, isTerminal), json);
  }

  private @Nullable Ending hear(String type, String members) {
    return reader.onEvent(
        type,
        "{\"id\":\"evt-0\",\"type\":\"%s\",\"run_id\":\"r1\",\"sequence\":1%s}"
            .formatted(type, members.isEmpty() ? "" : "," + members),
        new Attempt(Long.MAX_VALUE));
  }

  private void start() {
    hear("started", "\"timestamp\":\"2026-01-01T00:00:00.000+00:00\",\"agent_name\":\"echo\"");
  }

  @Test
  void printsTokensAsTextAndSumsUp() {
    start();
    hear("token", "\"content\":\"he\",\"finish_reason\":null");
    hear("token", "\"content\":\"llo\",\"finish_reason\":null");
    Ending ending =
        hear("complete", "\"output\":{\"a\":1},\"timestamp\":\"2026-01-01T00:00:01.234+00:00\"");
    assertThat(ending).isEqualTo(Ending.forGood("completed"));
    assertThat(out.toString()).isEqualTo("hello\n");
    assertThat(reader.summary()).isEqualTo("run r1 completed in 1.2 s, 2 tokens");
    assertThat(reader.status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void printsTheOutputOfARunWithoutTokens() {
    start();
    hear("complete", "\"output\":{\"a\":1}");
    assertThat(out.toString()).isEqualTo("{\"a\":1}\n");
  }

  @Test
  void aRunWithoutOutputPrintsNothing() {
    hear("complete", "\"output\":null");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void saysWhyARunFailed() {
    hear("error", "\"error\":\"the worker is gone\",\"code\":\"producer_lost\"");
    assertThat(reader.summary())
        .isEqualTo("run r1 failed, 0 tokens: producer_lost: the worker is gone");
    assertThat(reader.status()).isEqualTo(Status.FAILED);
  }

  @Test
  void aTimeOutIsNoOtherFailure() {
    hear("error", "\"error\":\"took too long\",\"code\":\"TIMEOUT_ERROR\"");
    assertThat(reader.status()).isEqualTo(Status.TIMED_OUT);
  }

  @Test
  void saysWhoCancelledAndWhy() {
    hear("token", "\"content\":\"half\"");
    hear("cancelled", "\"reason\":\"enough\",\"by\":\"ann\"");
    assertThat(out.toString()).isEqualTo("half\n");
    assertThat(reader.summary()).isEqualTo("run r1 cancelled by ann, 1 token: enough");
    assertThat(reader.status()).extracting(Status::exitCode).isEqualTo(130);
  }

  @Test
  void showsProgressOnATerminalAndMakesRoomForText() {
    reader = reader(true, false);
    hear("progress", "\"step\":\"read\",\"progress\":0.5,\"message\":\"half\"");
    hear("token", "\"content\":\"a\"");
    hear("progress", "\"step\":\"within a line\",\"progress\":0.6,\"message\":\"\"");
    assertThat(err.toString()).isEqualTo("\r\033[K[read 50% half]\r\033[K");
  }

  @Test
  void showsNoProgressInAFile() {
    hear("progress", "\"step\":\"read\",\"progress\":0.5,\"message\":\"half\"");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void printsEventsAsTheyComeWhenAskedTo() {
    reader = reader(true, true);
    hear("token", "\"content\":\"a\"");
    hear("complete", "\"output\":1");
    assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.startsWith("{\"id\":"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void letsNoAgentSteerTheTerminal() {
    hear("token", "\"content\":\"a\\u001b[2Jb\\tc\\n\"");
    assertThat(out.toString()).isEqualTo("a[2Jb\tc\n");
  }

  @Test
  void anErrorOfTheStreamIsNoEndOfTheRun() {
    Attempt attempt = new Attempt(Long.MAX_VALUE);
    assertThat(reader.onEvent("error", "{\"error\":\"overloaded\"}", attempt))
        .isEqualTo(Ending.again("overloaded"));
    assertThat(reader.onEvent("timeout", "{\"message\":\"Connection timeout\"}", attempt)).isNull();
    assertThat(reader.status()).isNull();
  }

  @Test
  void saysThatEventsAreMissing() {
    reader.onEvent("gap", "{\"from\":1,\"to\":9}", new Attempt(Long.MAX_VALUE));
    assertThat(err.toString()).contains("some events are missing");
  }

  @Test
  void remembersWhereToReadOn() {
    assertThat(reader.isReading()).isFalse();
    reader.onCursor("");
    assertThat(reader.isReading()).isFalse();
    reader.onCursor("k3-7");
    assertThat(reader.isReading()).isTrue();
    assertThat(reader.cursor()).isEqualTo("k3-7");
  }

  @Test
  void whatIsNoJsonEndsIt() {
    Ending ending = reader.onEvent("token", "oops", new Attempt(Long.MAX_VALUE));
    assertThat(ending).extracting(Ending::again).isEqualTo(false);
  }
}
