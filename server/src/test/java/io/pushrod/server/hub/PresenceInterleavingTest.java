package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.command.PresencePage;
import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.presence.PresenceSettings;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Readers on three shards come and go while the shards run in any order: who is there is exact
/// whenever all of them have run.
final class PresenceInterleavingTest {
  private static final Pattern CHANGE =
      Pattern.compile("\"type\":\"presence_(join|leave)\".*?\"user\":\"([a-z0-9]+)\"");
  private static final int SHARDS = 3;
  private static final int USERS = 12;
  private static final long DELAY = 1_000;

  private static ShardFixture fixture(int members) {
    HubSettings plain = ShardFixture.ample();
    return new ShardFixture(
        SHARDS,
        new HubSettings(
            LogFixture.AMPLE,
            "prod",
            8,
            1 << 16,
            plain.outboxEntries(),
            plain.outboxBytes(),
            plain.foldThresholdBytes(),
            plain.writeProgressNanos(),
            plain.writer(),
            plain.readership(),
            new PresenceSettings(Grants.of(List.of("*")), members, DELAY, 1_024, 1_000)));
  }

  private record Reader(int shard, FakeConnection connection, Subscription subscription) {
    String user() {
      Identity who = connection.identity();
      return who == null ? "" : who.user();
    }
  }

  private static Reader read(ShardFixture shards, int shard, String user, TopicKey topic) {
    FakeConnection connection = shards.connect(shard);
    connection.identify(identity(user));
    return new Reader(
        shard, connection, shards.subscribe(shard, connection, topic, StartPoint.NOW));
  }

  private static Identity identity(String user) {
    return new Identity(
        "acme",
        user,
        Set.of(),
        Grants.ALL,
        Grants.NONE,
        Grants.NONE,
        Set.of(),
        0,
        Long.MAX_VALUE,
        "");
  }

  private static PresencePage page(ShardFixture shards, int from, TopicKey topic) {
    PresencePage[] found = new PresencePage[1];
    shards.shard(from).presence().ask(topic, "", 1_000, (_, page) -> found[0] = page);
    shards.run();
    return found[0];
  }

  private static void expire(ShardFixture shards) {
    shards.shards.forEach(shard -> shard.presence().expire());
    shards.run();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void countsAreExactWhateverTheOrder(long seed) {
    Random random = new Random(seed);
    int members = seed % 2 == 0 ? 1_000 : 4;
    try (ShardFixture shards = fixture(members)) {
      TopicKey topic = shards.ownedBy(random.nextInt(SHARDS));
      List<Reader> readers = new ArrayList<>();
      for (int step = 0; step < 4_000; step++) {
        step(shards, topic, readers, random);
        if (step % 500 == 499) {
          shards.run();
          assertCounts(page(shards, random.nextInt(SHARDS), topic), readers, members);
        }
      }
      while (!readers.isEmpty()) {
        end(shards, readers, random);
      }
      shards.run();
      shards.nowNanos += DELAY;
      expire(shards);
      assertThat(page(shards, 0, topic)).isEqualTo(new PresencePage(0, 0, 0, 0, List.of(), null));
      assertThat(shards.shards).allMatch(shard -> shard.presence().members() == 0);
    }
  }

  private static void step(
      ShardFixture shards, TopicKey topic, List<Reader> readers, Random random) {
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        int user = random.nextInt(USERS);
        readers.add(read(shards, random.nextInt(SHARDS), user == 0 ? "" : "user" + user, topic));
      }
      case 2, 3 -> end(shards, readers, random);
      case 4 -> shards.run(random.nextInt(SHARDS));
      default -> {
        shards.nowNanos += random.nextInt(200);
        shards.shard(random.nextInt(SHARDS)).presence().expire();
      }
    }
  }

  /// By a command, or with the socket; perhaps before it began.
  private static void end(ShardFixture shards, List<Reader> readers, Random random) {
    if (readers.isEmpty()) {
      return;
    }
    Reader reader = readers.remove(random.nextInt(readers.size()));
    if (random.nextBoolean()) {
      shards.shard(reader.shard()).unsubscribe(reader.subscription());
    }
    reader.connection().channel().close();
  }

  private static void assertCounts(PresencePage page, List<Reader> readers, int members) {
    Map<String, Long> expected =
        readers.stream()
            .collect(Collectors.groupingBy(Reader::user, TreeMap::new, Collectors.counting()));
    assertThat(page.connections()).isEqualTo(readers.size());
    assertThat(page.anonymous()).isEqualTo(expected.getOrDefault("", 0L).intValue());
    int listed = page.members().stream().mapToInt(PresentUser::connections).sum();
    assertThat(page.connections()).isEqualTo(listed + page.anonymous() + page.unlisted());
    assertThat(page.users()).isLessThanOrEqualTo(members);
    if (members > USERS) {
      expected.remove("");
      assertThat(
              page.members().stream()
                  .filter(member -> member.connections() > 0)
                  .collect(
                      Collectors.toMap(PresentUser::user, member -> (long) member.connections())))
          .isEqualTo(expected);
      assertThat(page.unlisted()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void joinsAndLeavesAddUpToWhoIsThere(long seed) {
    Random random = new Random(seed);
    try (ShardFixture shards = fixture(1_000)) {
      TopicKey topic = shards.ownedBy(0);
      Reader watcher = read(shards, random.nextInt(SHARDS), "watcher", topic);
      shards.run();
      List<Reader> readers = new ArrayList<>();
      for (int step = 0; step < 2_000; step++) {
        step(shards, topic, readers, random);
        if (step % 100 == 99) {
          shards.run();
          assertThat(page(shards, 1, topic).members())
              .extracting(PresentUser::user)
              .filteredOn(user -> !user.equals("watcher"))
              .containsExactlyElementsOf(told(watcher));
        }
      }
    }
  }

  /// Who is there by what the watcher was told. A join of one who is there, or a leave of one who
  /// is not, is a fault.
  private static Set<String> told(Reader watcher) {
    Set<String> there = new TreeSet<>();
    for (String event : watcher.connection().texts()) {
      Matcher change = CHANGE.matcher(event);
      if (change.find() && !change.group(2).equals("watcher")) {
        boolean joins = change.group(1).equals("join");
        assertThat(joins ? there.add(change.group(2)) : there.remove(change.group(2)))
            .as(event)
            .isTrue();
      }
    }
    return there;
  }

  @Test
  void aSurfaceLetsItsReadersCountOnAnyTopic() {
    try (ShardFixture shards = new ShardFixture(1, ShardFixture.ample())) {
      TopicKey topic = shards.ownedBy(0);
      read(shards, 0, "ann", topic);
      shards.run();
      assertThat(page(shards, 0, topic).connections()).isZero();

      FakeConnection connection = shards.connect(0);
      connection.identify(identity("bob"));
      Subscription present =
          new Subscription(
                  connection,
                  topic,
                  ShardFixture.Format.STORED,
                  EventFilter.ALL,
                  OverflowPolicy.FOLD,
                  StartPoint.NOW,
                  false,
                  begun -> {})
              .asPresent();
      connection.add(present);
      shards.shard(0).subscribe(present);
      assertThat(page(shards, 0, topic).members())
          .extracting(PresentUser::user)
          .containsExactly("bob");
    }
  }
}
