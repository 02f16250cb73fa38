package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.TypeName;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// One publication, as the body of an HTTP request or as a command: an event without a sequence,
/// and the topics that it goes to.
public final class PublishRequest {
  /// The greatest time that every JSON parser reads exactly.
  private static final long MAX_TIMESTAMP_MILLIS = (1L << 53) - 1;

  private static final byte[] NO_DATA = "{}".getBytes(US_ASCII);

  private final List<String> topics;
  private final String type;
  private final Map<IdField, String> ids;
  private final byte[] data;
  private final long timestampMillis;

  private PublishRequest(
      List<String> topics,
      String type,
      Map<IdField, String> ids,
      byte[] data,
      long timestampMillis) {
    this.topics = topics;
    this.type = type;
    this.ids = ids;
    this.data = data;
    this.timestampMillis = timestampMillis;
  }

  /// Reads `{"topic":…,"type":…,"data":…, ids…}`; `topics` may stand for `topic`, and `ts` may be
  /// given.
  ///
  /// @throws RequestException that says which member is wrong
  public static PublishRequest parse(ByteBuf buf, int offset, int length) {
    return of(KnownMembers.read("body", buf, offset, length));
  }

  static PublishRequest of(KnownMembers members) {
    return new PublishRequest(
        topicsOf(members),
        TypeName.checked(members.text("type", ErrorCode.BAD_TYPE)),
        idsOf(members),
        members.length("data") == 0 ? NO_DATA : members.compact("data"),
        members.count("ts", MAX_TIMESTAMP_MILLIS));
  }

  private static List<String> topicsOf(KnownMembers members) {
    if (!members.has("topics")) {
      return List.of(TopicName.checked(members.text("topic", ErrorCode.BAD_TOPIC)));
    }
    if (members.has("topic")) {
      throw new RequestException(
          ErrorCode.BAD_TOPIC, "topics: beside topic (expected: one of the two)");
    }
    List<String> topics = members.texts("topics", ErrorCode.BAD_TOPIC);
    if (topics.size() > TopicName.MAX_TOPICS) {
      throw new RequestException(
          ErrorCode.TOO_MANY_TOPICS,
          "topics: " + topics.size() + " (expected: 1-" + TopicName.MAX_TOPICS + ")");
    }
    topics.forEach(TopicName::checked);
    if (topics.isEmpty() || new HashSet<>(topics).size() < topics.size()) {
      throw new RequestException(
          ErrorCode.BAD_TOPIC,
          "topics: "
              + (topics.isEmpty() ? "none" : "one comes twice")
              + " (expected: 1-"
              + TopicName.MAX_TOPICS
              + " that differ)");
    }
    return List.copyOf(topics);
  }

  static Map<IdField, String> idsOf(KnownMembers members) {
    Map<IdField, String> ids = new EnumMap<>(IdField.class);
    for (IdField field : IdField.values()) {
      String name = field.label();
      if (members.has(name)) {
        String value = members.text(name, ErrorCode.BAD_ID);
        if (!IdField.isValid(value)) {
          throw new RequestException(
              ErrorCode.BAD_ID,
              name + ": " + value.length() + " characters (expected: " + IdField.RULE + ")");
        }
        ids.put(field, value);
      }
    }
    return Collections.unmodifiableMap(ids);
  }

  /// 1–8 that differ.
  public List<String> topics() {
    return topics;
  }

  public String type() {
    return type;
  }

  /// Those that were given, in the order of their constants.
  public Map<IdField, String> ids() {
    return ids;
  }

  /// One JSON value without insignificant white space, `{}` when none was given; not to be changed.
  public byte[] data() {
    return data;
  }

  /// When it happened, 0 for now.
  public long timestampMillis() {
    return timestampMillis;
  }
}
