package io.pushrod.server.log;

import static io.pushrod.server.support.LogFixture.AMPLE;
import static io.pushrod.server.support.LogFixture.KEY;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.support.LogFixture;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicLogTest {
  private static final long DAY_MILLIS = 86_400_000;

  private static Retention keep(long bytes, long events, long ageMillis) {
    return new Retention(bytes, events, ageMillis, 1 << 16);
  }

  private static String repeated(int length) {
    return "\"" + "x".repeat(length - 2) + "\"";
  }

  @Test
  void writesAnEventInTheFixedOrder() {
    LogFixture fixture = new LogFixture(AMPLE);
    fixture.append("token_chunk", ",\"thread_id\":\"42\",\"run_id\":\"r1\"", "{\"text\":\"é\"}");
    assertThat(fixture.json(1))
        .isEqualTo(
            "{\"id\":\"1z-1\",\"seq\":1,\"topic\":\"thread/42\",\"type\":\"token_chunk\","
                + "\"ts\":1795241760123,\"tenant_id\":\"acme\",\"env\":\"prod\",\"thread_id\":\"42\","
                + "\"run_id\":\"r1\",\"data\":{\"text\":\"é\"}}");
    fixture.log.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {125, 126, 127, 65535, 65536})
  void framesWithTheShortestHeader(int jsonBytes) {
    LogFixture fixture = new LogFixture(AMPLE);
    fixture.append("n", "1");
    int envelope = fixture.json(1).length() - 1;
    fixture.append("n", repeated(jsonBytes - envelope));
    byte[] frame = fixture.frame(2);
    ByteBuffer header = ByteBuffer.wrap(frame);
    assertThat(header.get()).isEqualTo((byte) 0x81);
    int first = header.get();
    long length = first < 126 ? first : first == 126 ? header.getChar() : header.getLong();
    assertThat(length).isEqualTo(jsonBytes).isEqualTo(header.remaining());
    assertThat(header.position()).isEqualTo(jsonBytes < 126 ? 2 : jsonBytes < 65536 ? 4 : 10);
    assertThat(fixture.json(2)).endsWith("x\"}").startsWith("{\"id\":\"1z-2\"");
    fixture.log.close();
  }

  @Test
  void takesThePublishersTimestampWhenThereIsOne() {
    LogFixture fixture = new LogFixture(AMPLE);
    Publication plain = LogFixture.publication(KEY, "n", "{}");
    fixture.log.append(
        new Publication(plain.topics, plain.type, plain.ids, 7, 0, plain.source, 0, 2), null, 99);
    assertThat(fixture.json(1)).contains("\"ts\":7,");
    fixture.log.close();
  }

  @Test
  void keepsExactlyAsManyEventsAsRetentionSays() {
    LogFixture fixture = new LogFixture(keep(1 << 20, 3, 1000));
    for (int i = 1; i <= 10; i++) {
      assertThat(fixture.append("n", "" + i)).isEqualTo(i);
    }
    assertThat(fixture.log.firstSequence()).isEqualTo(8);
    assertThat(fixture.events()).hasSize(3);
    assertThat(fixture.trimmed).isEqualTo(7);
    fixture.log.close();
  }

  @Test
  void keepsNoMoreBytesThanRetentionSays() {
    LogFixture fixture = new LogFixture(keep(5000, 1000, 1000));
    for (int i = 0; i < 100; i++) {
      fixture.append("n", repeated(100));
    }
    long kept = fixture.log.bytesAfter(0);
    assertThat(kept).isLessThanOrEqualTo(5000);
    assertThat(kept + fixture.frame(fixture.log.firstSequence()).length).isGreaterThan(5000);
    fixture.log.close();
  }

  @Test
  void trimsAnEventTheMillisecondItIsTooOld() {
    LogFixture fixture = new LogFixture(keep(1 << 20, 1000, 1000));
    fixture.append("n", "1");
    fixture.nowMillis += 400;
    fixture.append("n", "2");
    fixture.log.trim(fixture.nowMillis + 600);
    assertThat(fixture.log.firstSequence()).isEqualTo(1);
    fixture.log.trim(fixture.nowMillis + 601);
    assertThat(fixture.log.firstSequence()).isEqualTo(2);
    fixture.log.trim(fixture.nowMillis + 1001);
    assertThat(fixture.log.firstSequence()).isEqualTo(3);
    assertThat(fixture.log.isDisposable()).isTrue();
    assertThat(fixture.usedBytes()).isZero();
  }

  @Test
  void knowsTheAgeOfAnEventBehindOneThatIsMonthsOlder() {
    LogFixture fixture = new LogFixture(keep(1 << 20, 1000, 100 * DAY_MILLIS));
    fixture.append("n", "1");
    fixture.nowMillis += 60 * DAY_MILLIS;
    fixture.append("n", "2");
    fixture.log.trim(fixture.nowMillis + 99 * DAY_MILLIS);
    assertThat(fixture.events()).hasSize(1);
    fixture.log.trim(fixture.nowMillis + 100 * DAY_MILLIS + 1);
    assertThat(fixture.events()).isEmpty();
  }

  @Test
  void goesOnCountingAfterEverythingWasTrimmed() {
    LogFixture fixture = new LogFixture(keep(1 << 20, 1000, 10));
    fixture.append("n", "1");
    fixture.nowMillis += 100;
    fixture.log.trim(fixture.nowMillis);
    assertThat(fixture.append("n", "2")).isEqualTo(2);
    assertThat(fixture.log.firstSequence()).isEqualTo(2);
    fixture.log.close();
    assertThat(fixture.usedBytes()).isZero();
  }

  @Test
  void leavesSegmentsThatAReaderHoldsReadable() {
    LogFixture fixture = new LogFixture(keep(1 << 20, 1, 1000));
    fixture.append("n", repeated(3000));
    Segment held = fixture.acquire(1);
    for (int i = 0; i < 5; i++) {
      fixture.append("n", repeated(3000));
    }
    assertThat(fixture.log.acquire(1)).isNull();
    assertThat(held.bytes().getByte(held.endOf(0) - 1)).isEqualTo((byte) '}');
    fixture.log.close();
    assertThat(fixture.usedBytes()).isEqualTo(held.capacity());
    held.release();
    assertThat(fixture.usedBytes()).isZero();
    assertThat(held.tryRetain()).isFalse();
  }

  @Test
  void hasNothingToReadOnceItIsClosed() {
    LogFixture fixture = new LogFixture(AMPLE);
    fixture.append("n", "1");
    fixture.log.close();
    assertThat(fixture.log.acquire(1)).isNull();
    assertThat(fixture.log.bytesAfter(0)).isZero();
  }

  @Test
  void keepsTrimmedLifecycleEventsOnTheShelf() {
    LogFixture fixture = new LogFixture(keep(1 << 20, 2, 1000));
    fixture.append("run_start", "{}");
    fixture.append("n", "1");
    String end = "{\"ok\":true}";
    fixture.append("run_end", end);
    fixture.append("n", "2");
    fixture.append("n", "3");
    assertThat(fixture.log.shelved(0, 4))
        .extracting(ShelvedEvent::sequence)
        .containsExactly(1L, 3L);
    assertThat(fixture.log.shelved(1, 4)).extracting(ShelvedEvent::sequence).containsExactly(3L);
    assertThat(fixture.log.shelved(1, 3)).isEmpty();
    assertThat(new String(fixture.log.shelved(1, 4).getFirst().frame(), 4, 20, US_ASCII))
        .startsWith("{\"id\":\"1z-3\"");
    fixture.log.close();
  }

  @Test
  void boundsTheShelfAndForgetsItsOldest() {
    LogFixture fixture = new LogFixture(new Retention(1 << 20, 1, 1000, 1000));
    for (int i = 0; i < 50; i++) {
      fixture.append("run_end", repeated(100));
    }
    fixture.append("run_end", repeated(2000));
    fixture.append("n", "1");
    List<ShelvedEvent> shelved = fixture.log.shelved(0, 100);
    assertThat(shelved.stream().mapToInt(ShelvedEvent::length).sum()).isBetween(600, 1000);
    assertThat(shelved.getLast().sequence()).isEqualTo(50); // 51 alone is beyond the bound
    fixture.log.close();
  }

  // Producers.

  @Test
  void answersARetryWithTheFirstSequence() {
    LogFixture fixture = new LogFixture(AMPLE);
    Producer producer = new Producer("p", 1);
    fixture.append("n", "0");
    assertThat(fixture.append(producer, 1, "1")).isEqualTo(2);
    assertThat(fixture.append(producer, 5, "5")).isEqualTo(3);
    assertThat(fixture.append(producer, 1, "1")).isEqualTo(2);
    assertThat(fixture.append(producer, 5, "5")).isEqualTo(3);
    assertThat(fixture.duplicates).isEqualTo(2);
    assertThat(fixture.events()).hasSize(3);
    fixture.log.close();
  }

  @Test
  void findsARetryInAnyRetainedSegment() {
    LogFixture fixture = new LogFixture(keep(1 << 20, 50, 1000));
    Producer producer = new Producer("p", 1);
    for (int i = 1; i <= 100; i++) {
      fixture.append(producer, i, repeated(500));
    }
    for (int i = 51; i <= 100; i++) {
      assertThat(fixture.append(producer, i, "1")).isEqualTo(i);
    }
    assertThat(fixture.append(producer, 1, "1")).isZero();
    fixture.log.close();
  }

  @Test
  void fencesAStaleEpoch() {
    LogFixture fixture = new LogFixture(AMPLE);
    fixture.append(new Producer("p", 2), 1, "1");
    assertThat(fixture.append(new Producer("p", 1), 9, "2")).isEqualTo(Appended.STALE_EPOCH);
    assertThat(fixture.append(new Producer("q", 1), 9, "3")).isEqualTo(2);
    fixture.log.close();
  }

  @Test
  void tellsTheSequencesOfTwoEpochsApart() {
    LogFixture fixture = new LogFixture(AMPLE);
    fixture.append(new Producer("p", 1), 3, "1");
    assertThat(fixture.append(new Producer("p", 2), 5, "2")).isEqualTo(2);
    assertThat(fixture.append(new Producer("p", 2), 3, "3")).isZero();
    fixture.log.close();
  }

  @Test
  void forgetsTheProducerUnusedLongest() {
    LogFixture fixture = new LogFixture(AMPLE, 2);
    fixture.append(new Producer("a", 1), 1, "1");
    fixture.append(new Producer("b", 1), 1, "2");
    fixture.append(new Producer("a", 1), 1, "1");
    fixture.append(new Producer("c", 1), 1, "3"); // forgets b
    assertThat(fixture.append(new Producer("a", 1), 1, "1")).isEqualTo(1);
    assertThat(fixture.append(new Producer("b", 1), 1, "2")).isEqualTo(4);
    fixture.log.close();
  }

  @Test
  void takesARetryOfWhatItCouldNotAppend() {
    LogFixture fixture = new LogFixture(AMPLE);
    Producer producer = new Producer("p", 1);
    Publication broken = LogFixture.publication(KEY, "n", "{}");
    Publication beyond =
        new Publication(broken.topics, broken.type, broken.ids, 0, 1, broken.source, 0, 99);
    try {
      fixture.log.append(beyond, producer, 1);
    } catch (IndexOutOfBoundsException e) {
      assertThat(fixture.log.lastSequence()).isZero();
    }
    assertThat(fixture.append(producer, 1, "1")).isEqualTo(1);
    fixture.log.close();
  }

  // Positions.

  @Property(tries = 100)
  void knowsBytesAndCursors(@ForAll long seed, @ForAll @IntRange(min = 1, max = 120) int events) {
    Random random = new Random(seed);
    LogFixture fixture = new LogFixture(keep(20_000, 60, 1000));
    long[] lengths = new long[events + 1];
    for (int i = 1; i <= events; i++) {
      fixture.append("n", repeated(2 + random.nextInt(1500)));
      lengths[i] = fixture.frame(i).length;
    }
    TopicLog log = fixture.log;
    assertThat(log.lastSequence()).isEqualTo(events);
    for (long cursor = 0; cursor <= events; cursor++) {
      long first = Math.max(cursor + 1, log.firstSequence());
      long expected = Arrays.stream(lengths, (int) Math.min(first, events + 1), events + 1).sum();
      assertThat(log.bytesAfter(cursor)).isEqualTo(expected);
    }
    long wanted = random.nextInt(25_000);
    long cursor = log.cursorBefore(wanted);
    assertThat(log.bytesAfter(cursor) >= wanted || cursor == log.firstSequence() - 1).isTrue();
    assertThat(cursor == events || log.bytesAfter(cursor + 1) < wanted).isTrue();
    log.close();
    assertThat(fixture.usedBytes()).isZero();
  }

  // Watchers.

  private static final class Watcher implements LogWatcher {
    final List<Long> appended = new ArrayList<>();
    final List<String> signals = new ArrayList<>();

    @Override
    public void onAppended(long nanos) {
      appended.add(nanos);
    }

    @Override
    public void onSignal(EventType type, ByteBuf json) {
      signals.add(json.toString(java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  @Test
  void passesSignalsOnWithoutStoringThem() {
    LogFixture fixture = new LogFixture(AMPLE);
    Watcher watcher = new Watcher();
    fixture.log.signal(LogFixture.publication(KEY, "typing", "{\"u\":1}"), 5);
    fixture.log.watch(watcher);
    fixture.log.signal(LogFixture.publication(KEY, "typing", "{\"u\":2}"), 5);
    assertThat(watcher.signals)
        .containsExactly(
            "{\"topic\":\"thread/42\",\"type\":\"typing\",\"ts\":5,\"tenant_id\":\"acme\","
                + "\"env\":\"prod\",\"data\":{\"u\":2}}");
    assertThat(fixture.log.lastSequence()).isZero();
    assertThat(fixture.usedBytes()).isZero();
  }

  @Test
  void announcesToThoseThatWatch() {
    LogFixture fixture = new LogFixture(AMPLE);
    Watcher one = new Watcher();
    Watcher two = new Watcher();
    fixture.log.watch(one);
    fixture.log.watch(two);
    fixture.log.announce(1);
    fixture.log.unwatch(one);
    fixture.log.announce(2);
    assertThat(one.appended).containsExactly(1L);
    assertThat(two.appended).containsExactly(1L, 2L);
    assertThat(fixture.log.isDisposable()).isFalse();
    fixture.log.unwatch(two);
    assertThat(fixture.log.isDisposable()).isTrue();
  }

  @Test
  void keepsItsEpochForAMinuteWithoutReadersOrHistory() {
    LogFixture fixture = new LogFixture(AMPLE);
    assertThat(fixture.log.isForgettable(1_000)).isFalse();
    assertThat(fixture.log.isForgettable(60_999)).isFalse();
    assertThat(fixture.log.isForgettable(61_000)).isTrue();

    fixture.log.watch(
        new LogWatcher() {
          @Override
          public void onAppended(long nanos) {}

          @Override
          public void onSignal(EventType type, ByteBuf json) {}
        });
    assertThat(fixture.log.isForgettable(99_000)).isFalse();
  }
}
