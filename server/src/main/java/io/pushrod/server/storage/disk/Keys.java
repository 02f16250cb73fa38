package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.log.TopicKey;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Keys of the column families. Numbers are big-endian, so that they sort.
///
/// ```
/// topics     tenant 0 name        → TopicRow
/// events     u64 topic, u64 seq   → i64 position, EventRecord
/// shelf      u64 topic, u64 seq   → EventRecord of a trimmed lifecycle event; empty while it is an event still
/// producers  u64 topic, id        → i64 epoch, i64 last sequence, i64 use
/// state      space 0 key          → what was put
/// ```
final class Keys {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Keys() {}

  static byte[] topic(TopicKey key) {
    return pair(key.tenant(), key.name());
  }

  static TopicKey topic(byte[] key) {
    int end = 0;
    while (key[end] != 0) {
      end++;
    }
    return new TopicKey(
        new String(key, 0, end, UTF_8), new String(key, end + 1, key.length - end - 1, UTF_8));
  }

  static byte[] pair(String space, String key) {
    byte[] first = space.getBytes(UTF_8);
    byte[] second = key.getBytes(UTF_8);
    byte[] all = Arrays.copyOf(first, first.length + 1 + second.length);
    System.arraycopy(second, 0, all, first.length + 1, second.length);
    return all;
  }

  static byte[] event(long topic, long sequence) {
    byte[] key = new byte[16];
    LONG.set(key, 0, topic);
    LONG.set(key, 8, sequence);
    return key;
  }

  static byte[] producer(long topic, String id) {
    byte[] name = id.getBytes(UTF_8);
    byte[] key = new byte[8 + name.length];
    LONG.set(key, 0, topic);
    System.arraycopy(name, 0, key, 8, name.length);
    return key;
  }

  /// The first key of a topic, in every family that begins with its number.
  static byte[] first(long topic) {
    return number(topic);
  }

  /// What all keys of a topic are below.
  static byte[] end(long topic) {
    return number(topic + 1);
  }

  static byte[] number(long value) {
    byte[] bytes = new byte[8];
    LONG.set(bytes, 0, value);
    return bytes;
  }

  static long number(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  static void put(byte[] bytes, int at, long value) {
    LONG.set(bytes, at, value);
  }
}
