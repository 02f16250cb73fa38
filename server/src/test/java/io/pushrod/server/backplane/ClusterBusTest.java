package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Servers that share a Redis; one is gone after half a second of silence.
final class ClusterBusTest {
  private static final long TTL_MILLIS = 500;

  private final RedisServer redis = RedisServer.start("");
  private final List<Member> members = new ArrayList<>();

  /// One server's bus, and what it heard.
  private final class Member {
    final MetricsRegistry metrics = new MetricsRegistry("test");
    final RedisLink link =
        RedisLink.open(
            ServerConfig.with(
                    true, "storage.backend=redis", "storage.redis.url=" + redis.url(), "data_dir=.")
                .storage()
                .redis());
    final ClusterBus bus = ClusterBus.start(link, TTL_MILLIS, metrics.shard(), System::nanoTime);
    final Queue<String> heard = new ConcurrentLinkedQueue<>();
    final Queue<String> lost = new ConcurrentLinkedQueue<>();

    Member() {
      members.add(this);
      bus.onLost(lost::add);
      bus.on("talk", (from, bytes) -> heard.add(from + ":" + new String(bytes, UTF_8)));
    }

    void say(Member to, String what) {
      bus.send(to.bus.node(), "talk", what.getBytes(UTF_8));
    }

    void vanish() {
      bus.close();
      link.close();
      members.remove(this);
    }
  }

  @AfterEach
  void end() {
    List.copyOf(members).forEach(Member::vanish);
    redis.close();
  }

  private static Set<String> names(Member... members) {
    return Arrays.stream(members).map(each -> each.bus.node()).collect(Collectors.toSet());
  }

  private static void awaitEachOther(Member... members) {
    for (Member each : members) {
      Await.until("all", () -> each.bus.nodes().equals(names(members)));
    }
  }

  @Test
  void serversFindEachOther() {
    Member a = new Member();
    Member b = new Member();
    Member c = new Member();
    awaitEachOther(a, b, c);
  }

  @Test
  void messagesOfOneServerArriveInOrder() {
    Member a = new Member();
    Member b = new Member();
    awaitEachOther(a, b);
    List<String> expected =
        IntStream.range(0, 5_000).mapToObj(i -> a.bus.node() + ":" + i).toList();
    for (int i = 0; i < 5_000; i++) {
      if (i % 2 == 0) {
        a.say(b, "" + i);
      } else {
        a.bus.broadcast("talk", ("" + i).getBytes(UTF_8));
      }
    }
    Await.until("all", () -> b.heard.size() == 5_000);
    assertThat(b.heard).containsExactlyElementsOf(expected);
    assertThat(a.heard).isEmpty();
  }

  @Test
  void aServerHearsItself() {
    Member a = new Member();
    a.say(a, "x");
    Await.until("itself", () -> a.heard.contains(a.bus.node() + ":x"));
  }

  @Test
  void whoFallsSilentIsGone() {
    Member a = new Member();
    Member b = new Member();
    awaitEachOther(a, b);
    CompletableFuture<Set<String>> without = new CompletableFuture<>();
    a.bus.onNodes(
        now -> {
          if (!now.contains(b.bus.node())) {
            without.complete(now);
          }
        });
    b.vanish();
    assertThat(without.join()).isEqualTo(names(a));
  }

  @Test
  void whoSaysGoodbyeIsGone() {
    Member a = new Member();
    Member b = new Member();
    awaitEachOther(a, b);
    b.bus.leave(0);
    Await.until("gone", () -> a.bus.nodes().equals(names(a)));
  }

  @Test
  void whatADeadServerLeftIsClearedAwayUntilThatWorked() {
    Member a = new Member();
    Member b = new Member();
    Queue<String> reaped = new ConcurrentLinkedQueue<>();
    a.bus.onGone(
        life -> {
          reaped.add(life);
          return reaped.size() == 1
              ? CompletableFuture.failedFuture(new IllegalStateException("not yet"))
              : CompletableFuture.completedFuture(null);
        });
    awaitEachOther(a, b);
    String life = b.bus.life();
    b.vanish();
    Await.until("reaped", () -> reaped.size() == 2);
    assertThat(reaped).containsExactly(life, life);
    Await.until(
        "forgotten", () -> redis.call("ZCARD", "pushrod:{nodes}:over").equals(List.of("0")));
  }

  @Test
  void whoWasTakenForGoneBeginsAnotherLife() {
    Member a = new Member();
    CompletableFuture<Void> again = new CompletableFuture<>();
    a.bus.onNewLife(() -> again.complete(null));
    Await.until("there", () -> redis.call("ZCARD", "pushrod:{nodes}:alive").equals(List.of("1")));
    redis.call("DEL", "pushrod:{nodes}:alive");
    again.join();
    assertThat(a.bus.life()).isEqualTo(a.bus.node() + "~2");
    assertThat(a.metrics.total(Counter.BUS_LIVES)).isEqualTo(1);
  }

  @Test
  void aPauseOfRedisKillsNobodyAndLossIsTold() {
    Member a = new Member();
    Member b = new Member();
    awaitEachOther(a, b);
    Queue<Set<String>> seen = new ConcurrentLinkedQueue<>();
    a.bus.onNodes(seen::add);
    redis.kill();
    Await.until("away", () -> a.link.obstacle() != null && b.link.obstacle() != null);
    a.say(b, "into the void");
    Await.until("dropped", () -> a.metrics.total(Counter.BUS_DROPPED) > 0);
    b.lost.clear();
    redis.begin();
    Await.until("loss told", () -> b.lost.contains(a.bus.node()));
    a.say(b, "again");
    Await.until("again", () -> b.heard.contains(a.bus.node() + ":again"));
    assertThat(b.heard).hasSize(1);
    assertThat(seen).allMatch(names(a, b)::equals);
  }

  @Test
  void aMessageThatNobodyGetsIsDropped() {
    Member a = new Member();
    a.bus.send("nobody", "talk", new byte[1]);
    Await.until("dropped", () -> a.metrics.total(Counter.BUS_DROPPED) == 1);
  }
}
