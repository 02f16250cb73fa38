package io.pushrod.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.ingest.PublishWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an application wants published: topics, a type, ids and a JSON value. Immutable.
public final class Publication {
  private final List<String> topics;
  private final String type;
  private final @Nullable EventClass hint;
  private final long timestampMillis;
  private final Map<IdField, String> ids;
  private final byte[] data;

  private Publication(
      List<String> topics,
      String type,
      @Nullable EventClass hint,
      long timestampMillis,
      Map<IdField, String> ids,
      byte[] data) {
    this.topics = topics;
    this.type = type;
    this.hint = hint;
    this.timestampMillis = timestampMillis;
    this.ids = ids;
    this.data = data;
  }

  /// @param data one JSON value; empty for `{}`
  public static Publication of(String topic, String type, String data) {
    return of(topic, type, data.getBytes(StandardCharsets.UTF_8));
  }

  /// @param data one JSON value in UTF-8, empty for `{}`; belongs to the publication from here on
  public static Publication of(String topic, String type, byte[] data) {
    return new Publication(List.of(TopicName.checked(topic)), type, null, 0, Map.of(), data);
  }

  /// Publishes to one more topic, up to 8: to all of them or to none.
  public Publication alsoTo(String topic) {
    if (topics.size() == TopicName.MAX_TOPICS) {
      throw new RequestException(
          ErrorCode.TOO_MANY_TOPICS, "topics: 9 (expected: <= " + TopicName.MAX_TOPICS + ")");
    }
    var more = new ArrayList<>(topics);
    more.add(TopicName.checked(topic));
    return new Publication(List.copyOf(more), type, hint, timestampMillis, ids, data);
  }

  public Publication withId(IdField field, String value) {
    var more = new EnumMap<IdField, String>(IdField.class);
    more.putAll(ids);
    more.put(field, value);
    return new Publication(topics, type, hint, timestampMillis, more, data);
  }

  /// Says how to treat a type that the server's configuration does not classify.
  public Publication withHint(EventClass hint) {
    return new Publication(topics, type, hint, timestampMillis, ids, data);
  }

  /// Carries a time of its own instead of the server's.
  public Publication withTimestamp(long timestampMillis) {
    return new Publication(topics, type, hint, timestampMillis, ids, data);
  }

  /// Another event with the same topics and ids.
  Publication like(String type, byte[] data) {
    return new Publication(topics, type, hint, timestampMillis, ids, data);
  }

  int topicCount() {
    return topics.size();
  }

  /// Returns the event as a publish frame holds it, on the heap.
  ///
  /// @throws IllegalArgumentException when a type, an id or the timestamp has no room in its field
  ByteBuf encode() {
    ByteBuf out = Unpooled.buffer(64 + 32 * (topics.size() + ids.size()) + data.length);
    PublishWriter.event(out, topics, type, hint, timestampMillis, ids, data);
    return out;
  }
}
