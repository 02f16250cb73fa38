package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/// Remembers what was made of short byte strings, so that the names which repeat in every event are
/// decoded once.
///
/// Direct-mapped: a newcomer takes the place of whatever was in its slot, so memory is bounded by
/// the slots.
///
/// **Thread:** one connection.
final class ByteCache<V> {
  /// Makes the value of bytes that are not in the cache.
  interface Maker<V> {
    V make(byte[] bytes);
  }

  private static final int SLOTS = 64;

  private record Entry<V>(@SuppressWarnings("ArrayRecordComponent") byte[] bytes, V value) {}

  private final @Nullable Entry<V>[] slots;
  private final Maker<V> maker;

  @SuppressWarnings({"unchecked", "rawtypes"})
  ByteCache(Maker<V> maker) {
    this.maker = maker;
    this.slots = new Entry[SLOTS];
  }

  V find(ByteBuf buf, int offset, int length) {
    int hash = length;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + buf.getByte(offset + i);
    }
    int slot = (hash ^ (hash >>> 7)) & (SLOTS - 1);
    Entry<V> entry = slots[slot];
    if (entry == null || !matches(entry.bytes(), buf, offset, length)) {
      byte[] bytes = ByteBufUtil.getBytes(buf, offset, length);
      entry = new Entry<>(bytes, maker.make(bytes));
      slots[slot] = entry;
    }
    return entry.value();
  }

  private static boolean matches(byte[] bytes, ByteBuf buf, int offset, int length) {
    if (bytes.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[i] != buf.getByte(offset + i)) {
        return false;
      }
    }
    return true;
  }
}
