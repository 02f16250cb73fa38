package io.pushrod.server.backplane;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.Readers;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What scripts answer, as the store's terms.
final class Answers {
  /// Bytes before a record that are no other record's.
  static final int TAG_BYTES = 8;

  private Answers() {}

  /// A topic as it was at one moment.
  ///
  /// @param tag of its last record
  /// @param version of its readers
  record Seen(
      StoredTopic topic,
      @SuppressWarnings("ArrayRecordComponent") byte[] tag, // never compared
      long version) {}

  /// @return null where there is no such topic
  static @Nullable Seen seen(List<Object> answer) {
    if (answer.isEmpty()) {
      return null;
    }
    long last = Script.number(answer, 1);
    byte[] readers = Script.bytes(answer, 5);
    byte[] version = Script.bytes(answer, 6);
    long first = Script.number(answer, 7);
    int records = 9 + 2 * (int) Script.number(answer, 8);
    RecordPage.Builder tail = new RecordPage.Builder(last + 1 - (answer.size() - records));
    for (int i = answer.size() - 1; i >= records; i--) {
      add(tail, Script.bytes(answer, i));
    }
    StoredTopic topic =
        new StoredTopic(
            Script.hex(Script.bytes(answer, 0), 0),
            first,
            last,
            Script.bytes(answer, 3).length > 0,
            Script.bytes(answer, 4).length > 0,
            readers.length == 0 ? null : ReadersCodec.read(readers, 0),
            List.of(),
            tail.build(first, shelved(answer, 9, records)));
    return new Seen(
        topic, Script.bytes(answer, 2), version.length == 0 ? 0 : Script.number(answer, 6));
  }

  private static void add(RecordPage.Builder page, byte[] value) {
    page.out().writeBytes(value, TAG_BYTES, value.length - TAG_BYTES);
    page.add();
  }

  private static List<RecordPage.Shelved> shelved(List<Object> answer, int from, int until) {
    List<RecordPage.Shelved> shelved = new ArrayList<>();
    for (int i = from; i < until; i += 2) {
      byte[] value = Script.bytes(answer, i + 1);
      shelved.add(
          new RecordPage.Shelved(
              Script.number(answer, i),
              Unpooled.wrappedBuffer(value, TAG_BYTES, value.length - TAG_BYTES)));
    }
    return shelved;
  }

  /// Records that were read.
  ///
  /// @param first the sequence of the first
  /// @param values each with its tag
  record Found(
      long firstStored, long first, List<byte[]> values, List<RecordPage.Shelved> shelved) {
    long last() {
      return first + values.size() - 1;
    }

    RecordPage page() {
      return pageFrom(first);
    }

    /// Those from a sequence on.
    RecordPage pageFrom(long from) {
      long begin = Math.max(from, first);
      RecordPage.Builder page = new RecordPage.Builder(begin);
      for (byte[] value : values.subList((int) (begin - first), values.size())) {
        add(page, value);
      }
      return page.build(firstStored, shelved);
    }
  }

  /// @return null where the topic is another one now
  static @Nullable Found found(List<Object> answer) {
    if (answer.isEmpty()) {
      return null;
    }
    int records = 3 + 2 * (int) Script.number(answer, 2);
    List<byte[]> values = new ArrayList<>(answer.size() - records);
    for (int i = records; i < answer.size(); i++) {
      values.add(Script.bytes(answer, i));
    }
    return new Found(
        Script.number(answer, 0), Script.number(answer, 1), values, shelved(answer, 3, records));
  }

  /// What a notification tells.
  sealed interface Notice {
    /// @param before the tag of the record before the first
    record Records(long epoch, @SuppressWarnings("ArrayRecordComponent") byte[] before, Found found)
        implements Notice {}

    record Declared(long version, Readers readers) implements Notice {}

    record Signal(@SuppressWarnings("ArrayRecordComponent") byte[] record) implements Notice {}

    record Renewed(long epoch) implements Notice {}
  }

  static final byte SIGNAL = 'S';

  /// @throws IndexOutOfBoundsException if it is not one of ours, as far as that is seen
  static @Nullable Notice notice(byte[] message) {
    return switch (message[0]) {
      case 'R' -> records(message);
      case 'D' -> new Notice.Declared(Script.hex(message, 1), ReadersCodec.read(message, 17));
      case 'E' -> new Notice.Renewed(Script.hex(message, 1));
      case SIGNAL -> new Notice.Signal(Arrays.copyOfRange(message, 1, message.length));
      default -> null;
    };
  }

  private static Notice records(byte[] message) {
    ByteBuf in = Unpooled.wrappedBuffer(message);
    byte[] before = new byte[TAG_BYTES];
    in.skipBytes(33).readBytes(before);
    List<byte[]> values = new ArrayList<>();
    while (in.isReadable()) {
      byte[] value = new byte[in.readInt()];
      in.readBytes(value);
      values.add(value);
    }
    return new Notice.Records(
        Script.hex(message, 1), before, new Found(1, Script.hex(message, 17), values, List.of()));
  }

  static byte[] tag(byte[] value) {
    return Arrays.copyOf(value, TAG_BYTES);
  }
}
