package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.session.EventFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Looking back through a log of which memory has a part, by a shard that does not own it.
final class LookbackTest {
  private static final EventFilter MARKS = EventFilter.parse(List.of("mark"));
  private static final String KILOBYTE = '"' + "x".repeat(1_000) + '"';

  private final FakeDisk disk = new FakeDisk();
  private final ShardFixture fixture =
      new ShardFixture(
          2,
          ShardFixture.ample(),
          new Hub(
              MemoryBudget.unbounded(),
              new TopicQuota(0),
              new Storage(disk, null, 64 * 1024, _ -> true)));
  private final TopicKey topic = fixture.ownedBy(1);
  private final List<String> found = new ArrayList<>();
  private int reads;

  @AfterEach
  void close() {
    fixture.close();
  }

  private void settle() {
    fixture.run();
    while (!disk.isQuiet()) {
      reads += disk.answers.size();
      disk.answer();
      disk.write();
      fixture.run();
    }
  }

  private void publish(int count, String type, String data) {
    for (int i = 0; i < count; i++) {
      fixture.publish(0, type, data, topic);
      if (i % 16 == 0) {
        settle();
      }
    }
    settle();
  }

  private TopicLog log() {
    return Objects.requireNonNull(fixture.log(topic));
  }

  private void find(long until) {
    found.clear();
    reads = 0;
    Lookback.find(
        fixture.shard(0),
        log(),
        until,
        (segment, index) -> MARKS.admits(segment.type(index)),
        (sequence, complete) -> found.add(sequence + (complete ? "" : " so far")));
    settle();
  }

  @Test
  void findsAtOnceWhatMemoryHas() {
    publish(1, "mark", "1");
    publish(9, "note", "1");

    find(0);

    assertThat(found).containsExactly("1");
    assertThat(reads).isZero();
  }

  @Test
  void findsTheNewestOfThoseThatMemoryNoLongerHas() {
    publish(3, "mark", "1");
    publish(1, "note", KILOBYTE);
    publish(2, "mark", "1");
    publish(2_000, "note", KILOBYTE);
    assertThat(log().isAbsent(6)).isTrue();

    find(0);

    assertThat(found).containsExactly("6");
  }

  @Test
  void looksNoFurtherThanItIsAsked() {
    publish(3, "mark", "1");
    publish(400, "note", KILOBYTE);

    find(3);
    assertThat(found).containsExactly("0");
    find(2);
    assertThat(found).containsExactly("3");
  }

  @Test
  void readsEachPageAboutOnceWhateverTheSizeOfEvents() {
    publish(1, "mark", "1");
    publish(4_000, "note", "1");
    publish(70, "note", '"' + "x".repeat(30_000) + '"');
    long bytes = 4_000 * 200L + 70 * 30_000L;

    find(0);

    assertThat(found).containsExactly("1");
    assertThat(reads).isLessThan((int) (3 * bytes / (256 * 1024)));
  }

  @Test
  void givesUpBehindSoManyPages() {
    publish(1, "mark", "1");
    publish(700, "note", '"' + "x".repeat(30_000) + '"');

    find(0);

    assertThat(found).containsExactly("0 so far");
    assertThat(reads).isEqualTo(Lookback.MOST_PAGES);
  }
}
