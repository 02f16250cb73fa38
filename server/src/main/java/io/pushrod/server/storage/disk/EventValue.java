package io.pushrod.server.storage.disk;

import io.netty.buffer.ByteBuf;
import org.rocksdb.RocksIterator;

/// An event in its family: the bytes of all records of its topic before it, then its record. So the
/// bytes between any two events are known from these alone.
final class EventValue {
  /// Of the position.
  static final int HEAD_BYTES = 8;

  /// Of the position, the record's head and when it was appended.
  private static final int BRIEF_BYTES = HEAD_BYTES + 1 + 8;

  /// What is asked of an event without reading all of it.
  record Brief(long position, long appendedMillis, int recordBytes) {
    long endPosition() {
      return position + recordBytes;
    }
  }

  private EventValue() {}

  static byte[] of(long position, ByteBuf records, int offset, int length) {
    byte[] value = new byte[HEAD_BYTES + length];
    Keys.put(value, 0, position);
    records.getBytes(offset, value, HEAD_BYTES, length);
    return value;
  }

  /// Of the event that an iterator stands on.
  static Brief brief(RocksIterator at) {
    byte[] head = new byte[BRIEF_BYTES];
    int length = at.value(head);
    return new Brief(Keys.number(head, 0), Keys.number(head, HEAD_BYTES + 1), length - HEAD_BYTES);
  }
}
