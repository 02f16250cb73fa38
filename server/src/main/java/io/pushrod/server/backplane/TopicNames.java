package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.log.TopicKey;

/// Where a topic lies in Redis: all in one hash slot.
///
/// @param meta a hash: epoch, sequence, tag of the last record, whether it is sealed, readers
/// @param stream whose ids are `<sequence>-0`, and whose only field is a tag of 8 bytes and an
///   [io.pushrod.server.log.EventRecord]
/// @param producers a hash: what was taken last of producers, and which call of each server
/// @param lifecycle a stream as the other, of lifecycle events alone
/// @param probe written for a second, to see whether anything can be
@SuppressWarnings("ArrayRecordComponent") // never compared
record TopicNames(
    byte[] meta, byte[] stream, byte[] producers, byte[] lifecycle, byte[] probe, String channel) {
  static TopicNames of(RedisLink link, TopicKey key) {
    String tag = RedisLink.tag(key.tenant(), key.name());
    return new TopicNames(
        link.key("m", tag).getBytes(UTF_8),
        link.key("s", tag).getBytes(UTF_8),
        link.key("p", tag).getBytes(UTF_8),
        link.key("l", tag).getBytes(UTF_8),
        link.key("w", tag).getBytes(UTF_8),
        link.key("c", tag));
  }

  byte[][] all() {
    return new byte[][] {meta, stream, producers, lifecycle};
  }

  byte[][] read() {
    return new byte[][] {meta, stream, lifecycle};
  }
}
