package io.pushrod.server.run.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Links over a wire that loses, doubles and delays.
class NodeLinksTest {
  private static final long REPEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
  private static final int BUFFER = 64 * 1024;

  private final Map<String, Side> sides = new HashMap<>();
  private final ArrayDeque<Runnable> wire = new ArrayDeque<>();
  private Random random = new Random(1);
  private int lost;
  private int doubled;
  private long nowNanos;
  private final Side a = new Side("a");
  private final Side b = new Side("b");

  /// One server with its links.
  private final class Side implements Wire, NodeLinks.Listener {
    final String name;
    final NodeLinks links;
    final List<String> heard = new ArrayList<>();
    int settled;

    Side(String name) {
      this.name = name;
      this.links = new NodeLinks(this, () -> nowNanos, REPEAT_NANOS, BUFFER, this);
      sides.put(name, this);
    }

    void says(String to, String text) {
      var _ =
          links.send(to, text.getBytes(java.nio.charset.StandardCharsets.UTF_8), () -> settled++);
    }

    @Override
    public String node() {
      return name;
    }

    @Override
    public Set<String> nodes() {
      return Set.of("a", "b");
    }

    @Override
    public void send(String node, byte[] message) {
      int copies = random.nextInt(100) < lost ? 0 : random.nextInt(100) < doubled ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        wire.add(() -> Objects.requireNonNull(sides.get(node)).links.onPacket(name, message));
      }
    }

    @Override
    public void listen(Listener listener) {}

    @Override
    public void onLinkMessage(String from, byte[] message) {
      heard.add(new String(message, java.nio.charset.StandardCharsets.UTF_8));
    }

    @Override
    public void onReset(String node) {
      heard.add("reset");
    }
  }

  private void run() {
    Runnable next;
    while ((next = wire.poll()) != null) {
      next.run();
    }
  }

  private void pass(long millis) {
    for (long left = millis; left > 0; left -= 50) {
      nowNanos += TimeUnit.MILLISECONDS.toNanos(50);
      a.links.tick();
      b.links.tick();
      run();
    }
  }

  @Test
  void bringsMessagesInOrder() {
    a.says("b", "one");
    a.says("b", "two");
    b.says("a", "three");
    run();
    assertThat(b.heard).containsExactly("one", "two");
    assertThat(a.heard).containsExactly("three");
    pass(100);
    assertThat(a.settled).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void bringsEachOnceAndInOrderOverABadWire(long seed) {
    random = new Random(seed);
    lost = 30;
    doubled = 30;
    List<String> said = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      a.says("b", "m" + i);
      said.add("m" + i);
      if (i % 20 == 0) {
        pass(50);
      }
    }
    pass(60_000);
    assertThat(b.heard).as("seed %d", seed).containsExactlyElementsOf(said);
    assertThat(a.settled).isEqualTo(500);
  }

  @Test
  void saysAgainWhatWasLost() {
    lost = 100;
    a.says("b", "one");
    lost = 0;
    pass(400);
    assertThat(b.heard).containsExactly("one");
  }

  @Test
  void leavesOutWhatIsWithdrawnBeforeItWasHeard() {
    lost = 100;
    Sent sent = Objects.requireNonNull(a.links.send("b", new byte[] {'x'}, () -> {}));
    a.says("b", "y");
    sent.withdraw();
    lost = 0;
    pass(400);
    assertThat(b.heard).containsExactly("y");
  }

  @Test
  void beginsAnewOnBothSidesWhenTooMuchIsUnheard() {
    a.says("b", "one");
    run();
    lost = 100;
    String large = "x".repeat(BUFFER / 2);
    a.says("b", large);
    a.says("b", large);
    assertThat(a.heard).containsExactly("reset");
    assertThat(a.settled).isEqualTo(3);
    lost = 0;
    pass(400);
    a.says("b", "two");
    b.says("a", "three");
    pass(400);
    assertThat(b.heard).containsExactly("one", "reset", "two");
    assertThat(a.heard).containsExactly("reset", "three");
  }

  @Test
  void beginsAnewWithOneThatWasTakenForGoneAndDidNotKnow() {
    a.says("b", "one");
    b.says("a", "two");
    pass(100);
    a.links.onNodes(Set.of());
    assertThat(a.heard).containsExactly("two", "reset");
    b.says("a", "lost");
    pass(400);
    assertThat(b.heard).containsExactly("one", "reset");
    b.says("a", "three");
    a.says("b", "four");
    pass(400);
    assertThat(a.heard).containsExactly("two", "reset", "three");
    assertThat(b.heard).containsExactly("one", "reset", "four");
  }

  @Test
  void isQuietWhenAllIsHeard() {
    a.says("b", "one");
    b.says("a", "two");
    pass(1_000);
    int[] sent = {0};
    nowNanos += 1;
    a.links.tick();
    b.links.tick();
    sent[0] = wire.size();
    assertThat(sent[0]).isZero();
  }
}
