package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

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
  final @Nullable Readers readers;
  final @Nullable LogRule rule;

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
    this(topics, type, ids, timestampMillis, producerSequence, source, offset, length, null, null);
  }

  private Publication(
      TopicKey[] topics,
      EventType type,
      byte[] ids,
      long timestampMillis,
      long producerSequence,
      ByteBuf source,
      int offset,
      int length,
      @Nullable Readers readers,
      @Nullable LogRule rule) {
    this.topics = topics;
    this.type = type;
    this.ids = ids;
    this.timestampMillis = timestampMillis;
    this.producerSequence = producerSequence;
    this.source = source;
    this.offset = offset;
    this.length = length;
    this.readers = readers;
    this.rule = rule;
  }

  /// The same event, with which a rule begins to hold for the first of its topics.
  public Publication with(LogRule begins) {
    return new Publication(
        topics,
        type,
        ids,
        timestampMillis,
        producerSequence,
        source,
        offset,
        length,
        readers,
        begins);
  }

  /// The same event, with which no rule begins.
  public Publication withoutRule() {
    return rule == null
        ? this
        : new Publication(
            topics,
            type,
            ids,
            timestampMillis,
            producerSequence,
            source,
            offset,
            length,
            readers,
            null);
  }

  /// A declaration of who may read the topics, instead of an event.
  ///
  /// @param topics 1 to 8 keys of one tenant
  /// @param producerSequence at least 1; 0 when the publisher has no sequences
  public static Publication declaring(
      TopicKey[] topics, EventType type, long producerSequence, Readers readers) {
    return new Publication(
        topics, type, NO_IDS, 0, producerSequence, Unpooled.EMPTY_BUFFER, 0, 0, readers, null);
  }

  /// What it declares about its topics; null for an event.
  public @Nullable Readers readers() {
    return readers;
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
