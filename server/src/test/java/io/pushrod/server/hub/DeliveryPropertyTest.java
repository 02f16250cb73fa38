package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ring.FakeKernel;
import io.pushrod.server.net.ring.Kernel;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Readers that come, stall, read a little and go, over two shards, while events are published and
/// trimmed: what each got is one run of sequences in which every one is an event's, inside a folded
/// event, or inside a gap.
class DeliveryPropertyTest {
  private static final String[] TYPES = {"note", "token_chunk", "progress", "run_end", "typing"};

  private static final class Reader {
    final FakeConnection connection;
    final Subscription subscription;
    final TopicKey topic;
    final long first;

    Reader(FakeConnection connection, Subscription subscription, TopicKey topic, long first) {
      this.connection = connection;
      this.subscription = subscription;
      this.topic = topic;
      this.first = first;
    }
  }

  /// The last sequence got, and the lifecycle events among them.
  private record Seen(long last, List<Long> lifecycle) {}

  @Property(tries = 300)
  void everyReaderGetsEverySequenceOnceAndInOrder(@ForAll long seed) {
    check(seed, false);
  }

  @Property(tries = 60)
  void everyReaderOfARingGetsEverySequenceOnceAndInOrder(@ForAll long seed) {
    check(seed, true);
  }

  private static void check(long seed, boolean ring) {
    Random random = new Random(seed);
    Retention retention =
        random.nextBoolean()
            ? new Retention(1 << 20, 1 << 20, 1 << 20, 1 << 20)
            : new Retention(6000, 40, 1 << 20, 1 << 20);
    long bound = random.nextBoolean() ? 1 << 20 : 1500;
    ShardFixture fixture = new ShardFixture(2, ShardFixture.settings(retention, bound, bound));
    if (ring) {
      fixture.withRings();
    }
    List<TopicKey> topics = List.of(fixture.ownedBy(0), fixture.ownedBy(1));
    List<List<Long>> lifecycle = List.of(new ArrayList<>(), new ArrayList<>());
    long[] last = new long[2];
    int[] origins = {random.nextInt(2), random.nextInt(2)}; // one a topic, so the order is known
    List<Reader> readers = new ArrayList<>();
    for (int step = 0; step < 150; step++) {
      switch (random.nextInt(10)) {
        case 0 -> {
          if (readers.size() < 12) {
            int t = random.nextInt(2);
            fixture.run(); // so that where it begins is known
            readers.add(join(fixture, random, topics.get(t), last[t]));
          }
        }
        case 1, 2, 3 -> {
          if (!readers.isEmpty()) {
            FakeConnection one = readers.get(random.nextInt(readers.size())).connection;
            if (random.nextInt(3) == 0) {
              one.stall();
            } else {
              one.grant(random.nextInt(3000));
            }
          }
        }
        case 4 -> {
          if (!readers.isEmpty() && random.nextInt(4) == 0) {
            readers.get(random.nextInt(readers.size())).connection.channel().close();
          }
        }
        case 5, 6 -> {
          int shard = random.nextInt(2);
          if (ring && random.nextInt(3) == 0) {
            failSubmits(fixture.kernel(shard), random);
          }
          fixture.run(shard);
        }
        default -> {
          int t = random.nextInt(2);
          String type = TYPES[random.nextInt(TYPES.length)];
          String text = "x".repeat(random.nextInt(300));
          boolean taken =
              fixture.publish(origins[t], type, "{\"text\":\"" + text + "\"}", topics.get(t));
          if (taken && !type.equals("typing")) {
            last[t]++;
            if (type.equals("run_end")) {
              lifecycle.get(t).add(last[t]);
            }
          }
        }
      }
    }
    for (Reader reader : readers) {
      if (reader.connection.isOpen()) {
        reader.connection.grant(Long.MAX_VALUE);
      }
    }
    fixture.run();
    for (Reader reader : readers) {
      int t = topics.indexOf(reader.topic);
      Seen seen = check(reader);
      boolean open = reader.connection.isOpen();
      assertThat(seen.last()).isEqualTo(open ? last[t] : Math.min(seen.last(), last[t]));
      assertThat(seen.lifecycle())
          .isEqualTo(
              lifecycle.get(t).stream()
                  .filter(s -> s >= reader.first && s <= seen.last())
                  .toList());
      if (open) {
        assertThat(reader.subscription.sequence()).isEqualTo(last[t]);
        assertThat(reader.subscription.group()).isNotNull();
        assertThat(reader.connection.outboxIfAny()).isNull();
      } else {
        assertThat(reader.connection.subscriptions()).isEmpty();
      }
      reader.connection.channel().close();
    }
    fixture.run();
    assertThat(fixture.count(Counter.SUBSCRIPTIONS_CLOSED))
        .isEqualTo(fixture.count(Counter.SUBSCRIPTIONS_OPENED));
    assertThat(fixture.count(Counter.INTERNAL_ERRORS)).isZero();
    fixture.close();
    assertThat(fixture.usedBytes()).isZero();
  }

  /// The next submits take only a part, or nothing for so long that they are given up.
  private static void failSubmits(FakeKernel kernel, Random random) {
    kernel.next(random.nextInt(3));
    for (int i = random.nextInt(20); i > 0; i--) {
      kernel.next(-Kernel.EAGAIN);
    }
  }

  private static Reader join(ShardFixture fixture, Random random, TopicKey topic, long last) {
    int shard = random.nextInt(2);
    FakeConnection connection = fixture.connect(shard, random.nextBoolean());
    if (random.nextInt(3) == 0) {
      connection.grant(random.nextInt(2000));
    }
    long after = random.nextInt((int) last + 1);
    StartPoint start = random.nextBoolean() ? StartPoint.NOW : new StartPoint.AfterSequence(after);
    OverflowPolicy[] policies = OverflowPolicy.values();
    Subscription subscription =
        fixture.subscribe(
            shard,
            connection,
            topic,
            random.nextBoolean() ? ShardFixture.Format.STORED : ShardFixture.Format.RENDERED,
            EventFilter.ALL,
            policies[random.nextInt(policies.length)],
            start,
            random.nextBoolean());
    if (start.equals(StartPoint.NOW)) {
      fixture.run();
    }
    return new Reader(
        connection, subscription, topic, 1 + (start.equals(StartPoint.NOW) ? last : after));
  }

  /// Walks over what a reader got.
  private static Seen check(Reader reader) {
    long next = reader.first;
    List<Long> lifecycle = new ArrayList<>();
    for (String json : reader.connection.texts()) {
      if (json.startsWith("{\"op\"") || json.contains("\"type\":\"typing\"")) {
        continue;
      }
      long from;
      long to;
      if (json.contains("\"type\":\"gap\"")) {
        from = sequenceOf(Json.text(json, "from"));
        to = sequenceOf(Json.text(json, "to"));
      } else {
        to = Json.number(json, "seq");
        from = json.contains("\"from_seq\"") ? Json.number(json, "from_seq") : to;
        if (json.contains("\"type\":\"run_end\"")) {
          lifecycle.add(to);
        }
      }
      assertThat(from).as(json).isEqualTo(next);
      assertThat(to).as(json).isGreaterThanOrEqualTo(from);
      next = to + 1;
    }
    return new Seen(next - 1, lifecycle);
  }

  private static long sequenceOf(String cursor) {
    return Long.parseLong(cursor.substring(cursor.indexOf('-') + 1));
  }
}
