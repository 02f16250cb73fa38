package io.pushrod.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.OverflowPolicy;
import io.pushrod.server.config.SurfaceConfig.Form;
import io.pushrod.server.config.SurfaceConfig.Rule;
import io.pushrod.server.config.SurfaceConfig.Transport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SurfacesConfigTest {
  private static SurfaceConfig row(String name, String... assignments) {
    return ServerConfig.with(true, assignments).surfaces().rows().stream()
        .filter(row -> row.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void addsARowOfTheOperator() {
    SurfaceConfig row =
        row(
            "board",
            "surfaces.board={path: '/boards/{id}', dialect: argos, transport: websocket,"
                + " topics: {board: {topic: 'board/{id}', roles: [STAFF]}}, options: {profile: n1},"
                + " heartbeat: 3s, heartbeat_rule: sent, heartbeat_form: dialect, batch: 20ms,"
                + " idle: 5m, policy: drop_oldest, replay: true, filter: [a, b*],"
                + " connections_per_topic: 100, anonymous_tenant: acme, presence: true, queue_events: 1000, queue_bytes: 2MiB,"
                + " carriers: {query: bearer_token, cookie: null}}");
    assertThat(row.path()).isEqualTo("/boards/{id}");
    assertThat(row.transport()).isEqualTo(Transport.WEBSOCKET);
    assertThat(row.topics())
        .containsExactly(new SurfaceConfig.Topic("board", "board/{id}", List.of("STAFF")));
    assertThat(row.heartbeat())
        .isEqualTo(
            new SurfaceConfig.Heartbeat(TimeUnit.SECONDS.toNanos(3), Rule.SENT, Form.DIALECT));
    assertThat(row.batchMillis()).isEqualTo(20);
    assertThat(row.policy()).isEqualTo(OverflowPolicy.DROP_OLDEST);
    assertThat(row.filter()).containsExactly("a", "b*");
    assertThat(row.connectionsPerTopic()).isEqualTo(100);
    assertThat(row.anonymousTenant()).isEqualTo("acme");
    assertThat(row.carriers())
        .isEqualTo(new AuthConfig.Carriers("Authorization", "bearer_token", null));
    assertThat(row.options()).isEqualTo(Map.of("profile", "n1"));
    assertThat(row.queueEvents()).isEqualTo(1000);
    assertThat(row.queueBytes()).isEqualTo(2 << 20);
    assertThat(row.replay()).isTrue();
    assertThat(row.presence()).isTrue();
  }

  @Test
  void namesATenantForStrangersInDevelopmentOnly() {
    String board = "surfaces.board={path: /b, dialect: argos, dev_tenant: dev}";
    assertThat(row("board", board).anonymousTenant()).isEqualTo("dev");
    assertThat(row("board", board, "surfaces.board.anonymous_tenant=acme").anonymousTenant())
        .isEqualTo("acme");
    assertThat(
            ServerConfig.with(false, board).surfaces().rows().stream()
                .filter(row -> row.name().equals("board"))
                .map(SurfaceConfig::anonymousTenant))
        .containsOnlyNulls();
  }

  @Test
  void readsOptionsThatAreDurations() {
    SurfaceConfig row =
        row("board", "surfaces.board={path: /b, dialect: ciris, options: {first: 5s, pulse: x}}");
    assertThat(row.nanosOption("first", "1s")).isEqualTo(TimeUnit.SECONDS.toNanos(5));
    assertThat(row.nanosOption("other", "1s")).isEqualTo(TimeUnit.SECONDS.toNanos(1));
    assertThatThrownBy(() -> row.nanosOption("pulse", "1s"))
        .hasMessage("options.pulse: x (expected: a duration such as 5s)");
  }

  @Test
  void changesOneKeyOfARow() {
    String board = "surfaces.board={path: /b, dialect: argos, batch: 20ms}";
    SurfaceConfig row = row("board", board, "surfaces.board.batch=40ms");
    assertThat(row.batchMillis()).isEqualTo(40);
    assertThat(row.path()).isEqualTo("/b");
  }

  @Test
  void takesARowOut() {
    List<SurfaceConfig> all = ServerConfig.defaults(true).surfaces().rows();
    for (SurfaceConfig row : all) {
      assertThat(ServerConfig.with(true, "surfaces." + row.name() + "=null").surfaces().rows())
          .hasSize(all.size() - 1)
          .noneMatch(each -> each.name().equals(row.name()));
    }
  }

  @Test
  void namesTheKeyThatIsWrong() {
    assertThatThrownBy(() -> row("b", "surfaces.b={path: b, dialect: x}"))
        .hasMessageContaining("surfaces.b.path: b (expected: a path such as");
    assertThatThrownBy(() -> row("b", "surfaces.b={path: /b, dialect: x, pollicy: fold}"))
        .hasMessageContaining("surfaces.b.pollicy")
        .hasMessageContaining("perhaps surfaces.b.policy");
    assertThatThrownBy(() -> row("b", "surfaces.b={path: /b, dialect: x, topics: {t: {}}}"))
        .hasMessageContaining("surfaces.b.topics.t");
    assertThatThrownBy(
            () -> row("b", "surfaces.b={path: /b, dialect: x, transport: sse, batch: 20ms}"))
        .hasMessageContaining("surfaces.b.batch: 20ms (expected: 0ms; only WebSockets");
    assertThatThrownBy(() -> row("b", "surfaces.b=[]"))
        .hasMessageContaining("surfaces.b")
        .hasMessageContaining("expected: a mapping");
  }
}
