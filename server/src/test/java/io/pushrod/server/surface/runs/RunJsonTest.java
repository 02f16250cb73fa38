package io.pushrod.server.surface.runs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.run.RunStatus;
import io.pushrod.server.run.RunView;
import io.pushrod.server.run.RunView.RunError;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunJsonTest {
  private static final long CREATED = 1_795_241_760_123L;

  private static RunView run(
      RunStatus status, @Nullable String output, @Nullable RunError error, String user) {
    boolean ended = status.isTerminal();
    return new RunView(
        "acme",
        "r1",
        "run/r1",
        "echo",
        user,
        "",
        false,
        status,
        false,
        CREATED,
        status == RunStatus.ACCEPTED ? 0 : CREATED + 1_000,
        ended ? CREATED + 62_000 : 0,
        output,
        error,
        ended ? 9 : 0);
  }

  private static String text(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer();
    writer.accept(out);
    return out.toString(UTF_8);
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }

  @Test
  void saysThatARunIsAccepted() {
    RunView run = run(RunStatus.ACCEPTED, null, null, "ann");
    assertThat(text(out -> RunJson.accepted(out, run, true)))
        .isEqualTo(
            json(
                "{'run_id':'r1','status':'accepted','events_url':'/runs/r1/events',"
                    + "'created_at':'2026-11-21T06:16:00.123+00:00'}"));
  }

  @Test
  void saysWhereARunStandsThatWasThereBefore() {
    RunView run = run(RunStatus.RUNNING, null, null, "ann");
    assertThat(text(out -> RunJson.accepted(out, run, false))).contains("\"status\":\"running\"");
    assertThat(text(out -> RunJson.accepted(out, run, true))).contains("\"status\":\"accepted\"");
  }

  @Test
  void showsARunThatWaits() {
    assertThat(text(out -> RunJson.whole(out, run(RunStatus.ACCEPTED, null, null, "ann"))))
        .isEqualTo(
            json(
                "{'run_id':'r1','status':'accepted','created_at':'2026-11-21T06:16:00.123+00:00',"
                    + "'completed_at':null,'output':null,'error':null,"
                    + "'metadata':{'agent':'echo','user':'ann','started_at':null}}"));
  }

  @Test
  void showsTheOutputAsItIs() {
    assertThat(text(out -> RunJson.whole(out, run(RunStatus.COMPLETED, "{\"é\":[1]}", null, ""))))
        .isEqualTo(
            json(
                "{'run_id':'r1','status':'completed','created_at':'2026-11-21T06:16:00.123+00:00',"
                    + "'completed_at':'2026-11-21T06:17:02.123+00:00','output':{'é':[1]},"
                    + "'error':null,"
                    + "'metadata':{'agent':'echo','started_at':'2026-11-21T06:16:01.123+00:00'}}"));
  }

  @ParameterizedTest
  @CsvSource({
    "FAILED,    producer_lost, failed,    producer_lost",
    "FAILED,    E42,           failed,    E42",
    "TIMED_OUT, timeout,       timed_out, TIMEOUT_ERROR",
    "TIMED_OUT, idle_timeout,  timed_out, TIMEOUT_ERROR",
    "CANCELLED, cancelled,     cancelled, cancelled",
  })
  void showsWhyARunFailed(RunStatus status, String code, String shown, String shownCode) {
    RunError error = new RunError(code, "it \"broke\"", true);
    assertThat(text(out -> RunJson.whole(out, run(status, null, error, "ann"))))
        .contains(
            "\"status\":\"" + shown + "\"",
            "\"output\":null,\"error\":{\"message\":\"it \\\"broke\\\"\",\"code\":\""
                + shownCode
                + "\",\"details\":{\"retryable\":true}}");
  }

  @Test
  void listsRunsWithoutWhatTheWorkerWrote() {
    List<RunView> runs =
        List.of(
            run(RunStatus.COMPLETED, "\"much\"", null, "ann"),
            run(RunStatus.FAILED, null, new RunError("c", "long", false), "ann"));
    assertThat(text(out -> RunJson.list(out, runs)))
        .startsWith("{\"runs\":[{\"run_id\":\"r1\",\"status\":\"completed\",")
        .contains("},{\"run_id\":\"r1\",\"status\":\"failed\",")
        .endsWith("}]}")
        .doesNotContain("much", "long");
    assertThat(text(out -> RunJson.list(out, List.of()))).isEqualTo("{\"runs\":[]}");
  }

  @Test
  void answersAnInvocationWithItsOutput() {
    assertThat(text(out -> RunJson.invoked(out, run(RunStatus.COMPLETED, "[1]", null, "ann"))))
        .isEqualTo(
            json(
                "{'success':true,'output':[1],"
                    + "'metadata':{'agent':'echo','run_id':'r1','latency_seconds':62.000}}"));
    assertThat(text(out -> RunJson.invoked(out, run(RunStatus.COMPLETED, null, null, "ann"))))
        .contains("\"output\":null");
  }

  @ParameterizedTest
  @CsvSource({"0, 0.000", "7, 0.007", "1000, 1.000", "61234, 61.234", "-5, 0.000"})
  void writesSecondsWithThreeDigits(long millis, String seconds) {
    assertThat(RunJson.seconds(millis)).isEqualTo(seconds);
  }
}
