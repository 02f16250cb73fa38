package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.command.TopicReaders;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Identity;
import java.util.List;

/// Checks who declares the readers of which topics, by whatever transport.
///
/// **Thread:** any; immutable.
public final class DeclarationIntake {
  private final EventTypes types;
  private final Readership readership;

  public DeclarationIntake(EventTypes types, Readership readership) {
    this.types = types;
    this.readership = readership;
  }

  /// @param topics 1–8 valid names
  /// @param json holds the declaration; it is only read
  /// @param producerSequence 0 when the publisher has no sequences
  /// @throws RequestException `NOT_FOUND` for a topic whose readers the identity may not declare,
  ///   `FORBIDDEN` for one whose readers nobody declares, or what the declaration has wrong
  public Publication take(
      Identity identity,
      List<String> topics,
      ByteBuf json,
      int offset,
      int length,
      long producerSequence,
      ShardMetrics metrics) {
    TopicKey[] keys = new TopicKey[topics.size()];
    for (int i = 0; i < keys.length; i++) {
      String name = topics.get(i);
      if (!identity.own().allows(name)) {
        metrics.count(Counter.AUTH_GRANT);
        throw PublicationIntake.notFound(name);
      }
      keys[i] = new TopicKey(identity.tenant(), name);
    }
    for (String name : topics) {
      if (!readership.isOwned(name)) {
        throw new RequestException(
            ErrorCode.FORBIDDEN, "topic: " + name + " (expected: one of auth.owned_topics)");
      }
    }
    Readers readers = Readers.of(TopicReaders.parse(json, offset, length));
    return Publication.declaring(
        keys, types.of(TypeName.TOPIC_READERS, null), producerSequence, readers);
  }
}
