package io.pushrod.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelayConfigTest {
  private static List<RelayConfig> rows(String rows) {
    return ServerConfig.with(false, "relays=" + rows).relays();
  }

  private static void refuses(String rows, String message) {
    assertThatThrownBy(() -> rows(rows))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith(message);
  }

  @Test
  void aRowHasTheDefaultsOfItsKind() {
    assertThat(
            rows(
                "[{kind: kdcube, url: 'redis://h', tenant: a}, {kind: dockrion, url: 'redis://h',"
                    + " tenant: a}, {kind: northstar, url: 'rediss://u:p@h:1/2', tenant: a}]"))
        .extracting(RelayConfig::topic)
        .containsExactly("session/{session_id}", "run/{run_id}", "thread/{thread_id}");
    RelayConfig kdcube = rows("[{kind: kdcube, url: 'redis://h', tenant: a}]").getFirst();
    assertThat(kdcube)
        .isEqualTo(
            new RelayConfig(
                kdcube.where(),
                RelayConfig.Kind.KDCUBE,
                new RelayConfig.Address("redis://h"),
                "a",
                "session/{session_id}",
                "kdcube.relay.chatbot",
                null,
                null,
                false,
                5_000,
                30_000,
                4 * 1024 * 1024,
                10_000));
  }

  @Test
  void eachKeyLandsInTheComponentOfItsName() {
    RelayConfig row =
        rows("[{kind: kdcube, url: 'redis://h', tenant: a, topic: 's:{x}', identity: i,"
                + " kdcube_tenant: t, project: p, stats: true, linger: 1s, reconcile: 2s,"
                + " queue_bytes: 8KiB, channels: 7}]")
            .getFirst();
    assertThat(row)
        .isEqualTo(
            new RelayConfig(
                row.where(),
                RelayConfig.Kind.KDCUBE,
                new RelayConfig.Address("redis://h"),
                "a",
                "s:{x}",
                "i",
                "t",
                "p",
                true,
                1_000,
                2_000,
                8 * 1024,
                7));
  }

  @Test
  void passwordsAreInNoText() {
    String url = "redis://:hush@h";
    assertThat(rows("[{kind: kdcube, url: '" + url + "', tenant: a}]").toString())
        .doesNotContain("hush");
    for (String rows :
        List.of(
            "hush",
            "[hush]",
            "[{kind: kdcube, url: 'http://:hush@h', tenant: a}]",
            "[{kind: kdcube, ulr: '" + url + "', tenant: a}]",
            "[{kind: kdcube, url: '" + url + " ', tenant: a}]",
            "[{kind: kdcube, identity: [hush], url: '" + url + "', tenant: a}]")) {
      assertThatThrownBy(() -> rows(rows))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("relays")
          .hasMessageNotContaining("hush");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://h", "redis:", "redis://", "h:6379", "redis://h/x", "redis://h#f"})
  void refusesWhatIsNoAddress(String url) {
    refuses(
        "[{kind: kdcube, url: '" + url + "', tenant: a}]",
        "relays[0].url: (hidden) (expected: redis:// or rediss:// with a host)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "run/{a}/{b}", "run/{}", "run/{A}", "run x/{a}"})
  void refusesATopicWithoutExactlyOneId(String topic) {
    refuses(
        "[{kind: dockrion, url: 'redis://h', tenant: a, topic: '" + topic + "'}]",
        "relays[0].topic: "
            + topic
            + " (expected: a topic with one id in braces, such as run/{run_id})");
  }

  @Test
  void refusesWhatARowLacksOrDoesNotKnow() {
    refuses(
        "[{url: 'redis://h', tenant: a}]",
        "relays[0].kind: not set (expected: one of kdcube, dockrion, northstar)");
    refuses(
        "[{kind: dockrion, tenant: a}]",
        "relays[0].url: not set (expected: such as redis://127.0.0.1:6379)");
    refuses(
        "[{kind: dockrion, url: 'redis://h'}]",
        "relays[0].tenant: not set (expected: whose topics they are)");
    refuses(
        "[{kind: kdcube, url: 'redis://h', tenant: a, stats: true}]",
        "relays[0].stats: (hidden) (expected: kdcube_tenant and project beside it)");
    assertThatThrownBy(() -> rows("[{kind: dockrion, url: 'redis://h', tenant: a, identity: i}]"))
        .hasMessageContaining("relays[0].identity: (hidden) (expected: ");
  }
}
