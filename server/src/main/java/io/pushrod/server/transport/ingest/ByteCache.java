package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Remembers what was made of short byte strings, so that the names which repeat in every event are
/// decoded once.
///
/// Direct-mapped: a newcomer takes the place of whatever was in its slot, so memory is bounded by
/// the slots. The slot is chosen by both ends of the bytes; names that differ only in between share
/// one.
///
/// **Thread:** one connection.
final class ByteCache<V> {
  /// Makes the value of bytes that are not in the cache.
  interface Maker<V> {
    V make(byte[] bytes);
  }

  private static final int SLOT_BITS = 6;
  private static final int SLOTS = 1 << SLOT_BITS;

  /// 2^64 divided by the golden ratio: spreads what differs in a few bits only.
  private static final long FIBONACCI = 0x9E3779B97F4A7C15L;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private record Entry<V>(@SuppressWarnings("ArrayRecordComponent") byte[] bytes, V value) {}

  private final @Nullable Entry<V>[] slots;
  private final Maker<V> maker;

  @SuppressWarnings({"unchecked", "rawtypes"})
  ByteCache(Maker<V> maker) {
    this.maker = maker;
    this.slots = new Entry[SLOTS];
  }

  V find(ByteBuf buf, int offset, int length) {
    int slot = slot(buf, offset, length);
    Entry<V> entry = slots[slot];
    if (entry == null || !matches(entry.bytes(), buf, offset, length)) {
      byte[] bytes = ByteBufUtil.getBytes(buf, offset, length);
      entry = new Entry<>(bytes, maker.make(bytes));
      slots[slot] = entry;
    }
    return entry.value();
  }

  private static int slot(ByteBuf buf, int offset, int length) {
    long mixed = length;
    if (length >= Long.BYTES) {
      mixed += buf.getLong(offset) * 31 + buf.getLong(offset + length - Long.BYTES);
    } else {
      for (int i = 0; i < length; i++) {
        mixed = 31 * mixed + buf.getByte(offset + i);
      }
    }
    return (int) ((mixed * FIBONACCI) >>> (Long.SIZE - SLOT_BITS));
  }

  private static boolean matches(byte[] bytes, ByteBuf buf, int offset, int length) {
    if (bytes.length != length) {
      return false;
    }
    int i = 0;
    for (; length - i >= Long.BYTES; i += Long.BYTES) {
      if ((long) WORD.get(bytes, i) != buf.getLong(offset + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (bytes[i] != buf.getByte(offset + i)) {
        return false;
      }
    }
    return true;
  }
}
