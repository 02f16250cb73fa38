package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;

/// What a publisher hands in, checked and ready to become an event in each of its topics.
///
/// **Thread:** immutable; `source` must not change while the publication is under way.
public final class Publication {
  public static final byte[] NO_IDS = {};

  final TopicKey[] topics;
  final EventType type;
  final byte[] ids;
  final long timestampMillis;
  final long producerSequence;
  final ByteBuf source;
  final int offset;
  final int length;

  /// @param topics 1 to 8 keys of one tenant
  /// @param ids the id fields as a JSON fragment, each written `,"run_id":"r1"`; empty for none
  /// @param timestampMillis since 1970; 0 for the server's clock
  /// @param producerSequence at least 1; 0 when the publisher has no sequences
  /// @param source holds the payload; owned by the batch that carries the publication
  /// @param offset of the payload in `source`: one line of checked, compact JSON
  /// @param length of the payload, at least 1
  public Publication(
      TopicKey[] topics,
      EventType type,
      byte[] ids,
      long timestampMillis,
      long producerSequence,
      ByteBuf source,
      int offset,
      int length) {
    this.topics = topics;
    this.type = type;
    this.ids = ids;
    this.timestampMillis = timestampMillis;
    this.producerSequence = producerSequence;
    this.source = source;
    this.offset = offset;
    this.length = length;
  }

  public int topicCount() {
    return topics.length;
  }

  public TopicKey topic(int i) {
    return topics[i];
  }

  public EventType type() {
    return type;
  }

  public long producerSequence() {
    return producerSequence;
  }

  /// Bytes of the payload.
  public int length() {
    return length;
  }
}
