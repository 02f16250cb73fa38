package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.dialect.ArgosEvents.Snapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgosEventsTest {
  private static final ArgosResource JOB = new ArgosResource("ingest.job");
  private static final ArgosResource RUN = new ArgosResource("agent.run");

  private final ArgosEvents events = new ArgosEvents();

  private static String natively(String type, String data) {
    return "{\"id\":\"1z-7\",\"seq\":7,\"topic\":\"project/p1\",\"type\":\""
        + type
        + "\",\"ts\":1795241760123,\"tenant_id\":\"acme\",\"data\":"
        + data
        + "}";
  }

  private String rendered(String type, String data) {
    ByteBuf source = Unpooled.copiedBuffer("##" + natively(type, data) + "##", UTF_8);
    assertThat(events.render(71, 7, source, 2, source.readableBytes() - 4)).isTrue();
    return events.name() + " " + events.json().toString(UTF_8);
  }

  @Test
  void showsTheTimeAndWhatTheProducerWrote() {
    assertThat(
            rendered(
                "ingest.job.failed",
                "{\"job\":{\"id\":\"j1\",\"progress\":0.50},\"errorMessage\":\"no \\\"disk\\\"\"}"))
        .isEqualTo(
            "ingest.job.failed {\"type\":\"ingest.job.failed\","
                + "\"timestamp\":\"2026-11-21T06:16:00.123+00:00\","
                + "\"job\":{\"id\":\"j1\",\"progress\":0.50},\"errorMessage\":\"no \\\"disk\\\"\"}");
  }

  @Test
  void keepsTheTimeThatTheProducerSays() {
    assertThat(
            rendered(
                "workflow.node.started",
                "{\"node_id\":\"n1\",\"timestamp\":\"2025-11-27T10:00:00+00:00\",\"run_id\":\"r\"}"))
        .isEqualTo(
            "workflow.node.started {\"type\":\"workflow.node.started\","
                + "\"timestamp\":\"2025-11-27T10:00:00+00:00\",\"node_id\":\"n1\",\"run_id\":\"r\"}");
  }

  @Test
  void letsNoPayloadChangeTheType() {
    assertThat(rendered("agent.run.updated", "{\"type\":\"agent.run.failed\",\"\\u0074ype\":1}"))
        .isEqualTo(
            "agent.run.updated {\"type\":\"agent.run.updated\","
                + "\"timestamp\":\"2026-11-21T06:16:00.123+00:00\"}");
  }

  @Test
  void putsAPayloadThatIsNoObjectUnderData() {
    assertThat(rendered("x", "[1]"))
        .endsWith("\"timestamp\":\"2026-11-21T06:16:00.123+00:00\",\"data\":[1]}");
  }

  @Test
  void tellsWhatIsMissing() {
    assertThat(rendered("gap", "{\"reason\":\"trimmed\",\"from\":\"1z-2\",\"to\":\"1z-6\"}"))
        .isEqualTo(
            "gap {\"type\":\"gap\",\"timestamp\":\"2026-11-21T06:16:00.123+00:00\","
                + "\"reason\":\"trimmed\",\"from\":\"1z-2\",\"to\":\"1z-6\"}");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "ingest.job.completed, |{\"job\":{\"id\":\"j1\"}}|, true",
        "ingest.job.updated, |{\"job\":{\"id\":\"j1\",\"status\":\"failed\"}}|, true",
        "ingest.job.updated, |{\"job\":{\"id\":\"j1\",\"status\":\"running\"}}|, false",
        "ingest.job.completed, |{\"job\":{\"id\":\"j2\"}}|, false",
        "ingest.job.completed, |{\"job\":{\"id\":1}}|, false",
        "ingest.job.completed, |{\"job\":\"j1\"}|, false",
        "ingest.job.completed, |{\"run\":{\"id\":\"j1\"}}|, false",
        "ingest.jobs.completed, |{\"job\":{\"id\":\"j1\"}}|, false",
        "agent.run.completed, |{\"run\":{\"id\":\"j1\"}}|, false",
        "ingest.job.completed, |[]|, false"
      })
  void knowsTheEndOfAResource(String type, String data, boolean end) {
    rendered(type, data);
    assertThat(events.ends(JOB, "j1")).isEqualTo(end);
  }

  @Test
  void showsTheStateOfAResourceAsJustCreated() {
    assertThat(
            Snapshot.of(
                RUN,
                natively(
                    "agent.run.updated",
                    "{\"run\":{\"id\":\"r1\",\"status\":\"running\"},\"x\":1}")))
        .isEqualTo(
            new Snapshot(
                "{\"type\":\"agent.run.created\",\"run\":{\"id\":\"r1\",\"status\":\"running\"}}",
                false,
                1_795_241_760_123L));
    assertThat(Snapshot.of(RUN, natively("agent.run.cancelled", "{\"run\":{\"id\":\"r1\"}}")))
        .isEqualTo(
            new Snapshot(
                "{\"type\":\"agent.run.created\",\"run\":{\"id\":\"r1\"}}",
                true,
                1_795_241_760_123L));
    assertThat(Snapshot.of(RUN, natively("agent.run.updated", "{}")))
        .isEqualTo(
            new Snapshot("{\"type\":\"agent.run.created\",\"run\":{}}", false, 1_795_241_760_123L));
  }

  @Test
  void takesForAStateWhatShowsTheResourceAlone() {
    assertThat(ArgosEvents.isState(RUN, natively("agent.run.updated", "{\"run\":{}}"))).isTrue();
    assertThat(ArgosEvents.isState(RUN, natively("agent.run.updated", "{}"))).isFalse();
    assertThat(ArgosEvents.isState(RUN, natively("run_end", "{\"run\":{}}"))).isFalse();
  }

  @Test
  void findsTheCursorOfAnEvent() {
    assertThat(ArgosEvents.id(natively("x", "{\"id\":\"no\"}"))).isEqualTo("1z-7");
  }
}
