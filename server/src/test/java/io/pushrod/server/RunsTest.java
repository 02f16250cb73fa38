package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.run.RunSettings;
import io.pushrod.server.session.EventFilter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("acceptance")
class RunsTest {
  private static final List<String> NATIVE =
      List.of(
          "run_start",
          "run_end",
          "error",
          "cancelled",
          "token_chunk",
          "node_start",
          "node_end",
          "step",
          "progress",
          "checkpoint",
          "heartbeat",
          "agent_message",
          "custom:fraud",
          "custom:other");

  @Test
  void theDefaultsAreThoseOfTheRecord() {
    assertThat(Runs.settings(ServerConfig.defaults(false))).isEqualTo(RunSettings.DEFAULT);
  }

  @Test
  void everyKeyReachesItsPlace() {
    RunSettings settings =
        Runs.settings(
            ServerConfig.with(
                false,
                "streaming.events.allowed=minimal",
                "streaming.events.heartbeat_interval=1",
                "streaming.events.max_run_duration=2",
                "runs.idle_timeout=3ms",
                "runs.node_timeout=4ms",
                "runs.lease=105ms",
                "runs.offer_timeout=16ms",
                "runs.attempts=7",
                "runs.cancel_deadline=18ms",
                "runs.retention=9s",
                "runs.retained=10",
                "runs.active_per_tenant=11",
                "runs.active_per_user=12",
                "runs.starts_per_second=13",
                "runs.input_bytes=1014",
                "runs.queue_requests=15",
                "runs.queue_bytes=1116",
                "runs.queue_wait=17ms",
                "runs.viewers_per_run=18"));
    assertThat(settings)
        .isEqualTo(
            new RunSettings(
                EventFilter.parse(List.of("minimal")),
                1_000,
                2_000,
                3,
                4,
                105,
                16,
                7,
                18,
                9_000,
                10,
                11,
                12,
                13,
                1_014,
                15,
                1_116,
                17,
                18));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "all                             | token_chunk node_start node_end step progress checkpoint"
            + " heartbeat agent_message custom:fraud custom:other",
        "debug                           | token_chunk node_start node_end step progress checkpoint"
            + " heartbeat agent_message custom:fraud custom:other",
        "minimal                         | ''",
        "[]                              | ''",
        "chat                            | token_chunk node_start node_end step progress heartbeat",
        "[token]                         | token_chunk",
        "[step]                          | node_start node_end step",
        "[checkpoint, started, complete] | checkpoint",
        "[custom]                        | custom:fraud custom:other",
        "[custom:fraud]                  | custom:fraud",
        "[custom:fraud, custom]          | custom:fraud custom:other",
        "[custom, custom:fraud]          | custom:fraud custom:other"
      })
  void runsEmitWhatIsAllowedAndAlwaysTheirLifecycle(String allowed, String further) {
    ServerConfig config = ServerConfig.with(false, "streaming.events.allowed=" + allowed);
    EventTypes types = new EventTypes(config.events().classes());
    EventFilter emitted = Runs.settings(config).emitted();
    assertThat(NATIVE.stream().filter(type -> emitted.admits(types.of(type, null))))
        .containsExactlyElementsOf(
            Stream.concat(
                    Stream.of("run_start", "run_end", "error", "cancelled"),
                    Stream.of(further.split(" ")).filter(type -> !type.isEmpty()))
                .toList());
  }
}
