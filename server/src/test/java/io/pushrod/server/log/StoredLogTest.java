package io.pushrod.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.codec.Cursor;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A log of which a store has more than memory.
final class StoredLogTest {
  private static final long RESIDENT_BYTES = 64 * 1024;

  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  private final LogContext context =
      new LogContext(
          memory,
          LogFixture.AMPLE,
          "prod",
          8,
          new LogFixture(LogFixture.AMPLE),
          MemoryBudget.unbounded(),
          new MemoryAccount(),
          RESIDENT_BYTES,
          _ -> true);
  private final TopicLog log = new TopicLog(LogFixture.KEY, LogFixture.EPOCH, context);

  @AfterEach
  void givesEverythingBack() {
    log.close();
    assertThat(memory.metric().usedDirectMemory()).isZero();
  }

  private static Publication note(String data) {
    return LogFixture.publication(LogFixture.KEY, "note", data);
  }

  private void append(String data) {
    assertThat(log.append(note(data), null, 7)).isPositive();
  }

  /// Appends and publishes events of a kilobyte.
  private void fill(int events) {
    for (int i = 0; i < events; i++) {
      append('"' + "x".repeat(1000) + '"');
    }
    log.publish(log.appendedSequence(), 7);
  }

  @Test
  void showsNothingThatIsNotStored() {
    append("1");
    append("2");
    assertThat(log.lastSequence()).isZero();
    assertThat(log.acquire(1)).isNull();

    log.publish(1, 7);
    assertThat(log.lastSequence()).isOne();
    Segment segment = Objects.requireNonNull(log.acquire(1));
    assertThat(segment.count()).isOne();
    segment.release();
    assertThat(log.acquire(2)).isNull();

    log.publish(2, 7);
    assertThat(log.lastSequence()).isEqualTo(2);
  }

  @Test
  void keepsTheNewestInMemoryAndKnowsWhatIsElsewhere() {
    fill(300);
    assertThat(log.firstSequence()).isOne();
    assertThat(log.isAbsent(1)).isTrue();
    assertThat(log.acquire(1)).isNull();
    assertThat(log.isAbsent(300)).isFalse();
    assertThat(log.isAbsent(301)).isFalse();
    assertThat(memory.metric().usedDirectMemory()).isLessThan(RESIDENT_BYTES + 2 * 128 * 1024);
    assertThat(log.bytesAfter(0)).isGreaterThan(300_000);
    assertThat(log.bytesAfter(0)).isGreaterThan(log.bytesAfter(100));
    assertThat(log.cursorBefore(200_000)).isBetween(50L, 200L);
  }

  @Test
  void evictsNothingThatIsNotStored() {
    for (int i = 0; i < 300; i++) {
      append('"' + "x".repeat(1000) + '"');
    }
    log.trim(7);
    log.publish(300, 7);
    assertThat(log.lastSequence()).isEqualTo(300);
  }

  @Test
  void readsPagesWhileTheyAreThere() {
    fill(300);
    List<Publication> page = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      page.add(note("\"old\""));
    }
    assertThat(log.addPage(5, page, 3)).isTrue();
    assertThat(log.isAbsent(4)).isTrue();
    assertThat(log.isAbsent(5)).isFalse();
    assertThat(log.isAbsent(14)).isFalse();
    assertThat(log.isAbsent(15)).isTrue();
    Segment segment = Objects.requireNonNull(log.acquire(14));
    assertThat(segment.firstSequence()).isEqualTo(5);
    segment.release();

    log.trim(1_000);
    log.trim(10_000);
    assertThat(log.isAbsent(5)).isTrue();
  }

  @Test
  void goesOnWhereItsStoreEnds() {
    TopicLog again = TopicLog.stored(LogFixture.KEY, LogFixture.EPOCH, 3, 9, context);
    again.restore(note("9"), 7);
    again.restore(note("10"), 7);
    assertThat(again.firstSequence()).isEqualTo(3);
    assertThat(again.lastSequence()).isEqualTo(10);
    assertThat(again.isAbsent(8)).isTrue();
    assertThat(again.isAbsent(9)).isFalse();
    assertThat(again.append(note("11"), null, 7)).isEqualTo(11);
    again.close();
  }

  @Test
  void knowsARetryOfWhatWasStoredBefore() {
    TopicLog again = TopicLog.stored(LogFixture.KEY, LogFixture.EPOCH, 1, 9, context);
    Producer producer = new Producer("p", 2);
    again.restore(producer, 40);
    assertThat(again.append(numbered(40), producer, 7)).isZero();
    assertThat(again.append(numbered(41), producer, 7)).isEqualTo(9);
    assertThat(again.append(numbered(1), new Producer("p", 1), 7)).isEqualTo(Appended.STALE_EPOCH);
    again.close();
  }

  private static Publication numbered(long producerSequence) {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[] {'1'});
    return new Publication(
        new TopicKey[] {LogFixture.KEY},
        LogFixture.TYPES.of("note", null),
        Publication.NO_IDS,
        0,
        producerSequence,
        data,
        0,
        1);
  }

  @Test
  void staysSealed() {
    assertThat(log.append(note("1").with(new LogRule.Seal()), null, 7)).isOne();
    assertThat(Appended.isFailure(log.append(note("2"), null, 7))).isTrue();
    assertThat(log.isSealed()).isFalse();
    log.publish(1, 7);
    assertThat(log.isSealed()).isTrue();

    TopicLog again = TopicLog.stored(LogFixture.KEY, LogFixture.EPOCH, 1, 2, context);
    again.restore(null, true);
    assertThat(again.isSealed()).isTrue();
    assertThat(Appended.isFailure(again.append(note("2"), null, 7))).isTrue();
    again.close();
  }

  @Test
  void forgetsWhatItsStoreDropped() {
    fill(300);
    Publication start = LogFixture.publication(LogFixture.KEY, "run_start", "{}");
    log.trimmedTo(250, List.of(log.shelve(17, start)));
    assertThat(log.firstSequence()).isEqualTo(250);
    assertThat(log.isAbsent(249)).isFalse();
    assertThat(log.shelved(0, 250)).singleElement().extracting("sequence").isEqualTo(17L);
    assertThat(log.acquire(300)).satisfies(Segment::release);
  }

  @Test
  void writesTheSameFrameFromItsRecord() {
    ByteBuf record = Unpooled.buffer();
    Publication event = LogFixture.publication(LogFixture.KEY, "token_chunk", "{\"text\":\"é\"}");
    EventRecord.write(event.with(new LogRule.Seal()), 1_795_241_760_123L, record);
    Publication read = new EventRecord().read(LogFixture.KEY, record, 0, record.readableBytes());
    LogFixture before = new LogFixture(LogFixture.AMPLE);
    before.log.append(event, null, 1_795_241_760_123L);
    LogFixture after = new LogFixture(LogFixture.AMPLE);
    after.log.append(read, null, 99);
    assertThat(after.frame(1)).isEqualTo(before.frame(1));
    assertThat(EventRecord.seals(record, 0)).isTrue();
    assertThat(EventRecord.keeps(record, 0)).isFalse();
    assertThat(EventRecord.isLifecycle(record, 0)).isFalse();
    assertThat(EventRecord.appendedMillis(record, 0)).isEqualTo(1_795_241_760_123L);
    before.log.close();
    after.log.close();
  }

  @Test
  void aCursorOfTheEpochBeforeIsGoodUpToWhereTheLogWentOn() {
    TopicLog again = TopicLog.stored(LogFixture.KEY, LogFixture.EPOCH, 3, 12, context);
    long before = LogFixture.EPOCH + 1;
    assertThat(again.continues(new Cursor(before, 1))).isFalse();

    again.goesOnFrom(new Cursor(before, 9));
    assertThat(again.continues(new Cursor(before, 9))).isTrue();
    assertThat(again.continues(new Cursor(before, 10))).isFalse();
    assertThat(again.continues(new Cursor(LogFixture.EPOCH, 11))).isTrue();
    assertThat(again.continues(new Cursor(LogFixture.EPOCH, 12))).isFalse();
    assertThat(again.continues(new Cursor(before + 1, 1))).isFalse();
  }
}
