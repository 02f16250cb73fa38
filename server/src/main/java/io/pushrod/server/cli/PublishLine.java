package io.pushrod.server.cli;

import io.pushrod.codec.IdField;
import io.pushrod.codec.TopicName;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// One event that a line of standard input asks to publish.
///
/// A line that is a JSON object with a `type` is an event of its own: its topics, ids and data are
/// taken, what a server adds (`id`, `seq`, `ts`, `tenant_id`, `env`) is not, so that what `tail
/// --json` prints can be published again. Every other line is text.
///
/// @param data one JSON value
record PublishLine(List<String> topics, String type, Map<IdField, String> ids, String data) {

  private static final int MAX_TYPE_LENGTH = 128;

  /// Longer text becomes several events, which readers join again.
  private static final int MAX_TEXT_CHARS = 16 * 1024;

  /// @param line with its line end, when it has one
  /// @param topic where lines that name no topic go
  /// @param textType the type of lines that are text
  /// @throws CommandFailed when an event in the line is not what it should be
  static List<PublishLine> parse(String line, String topic, String textType) {
    FlatJson json = line.startsWith("{") ? FlatJson.parse(line.strip()) : null;
    if (json != null && json.text("type") != null) {
      return List.of(ofEvent(json, topic));
    }
    return textData(line).stream()
        .map(data -> new PublishLine(List.of(topic), textType, Map.of(), data))
        .toList();
  }

  /// The data of the events that carry a text, in order: one, unless it is long.
  static List<String> textData(String text) {
    List<String> pieces = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int to = Math.min(text.length(), from + MAX_TEXT_CHARS);
      if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
        to--;
      }
      pieces.add("{\"text\":" + FlatJson.quote(text.substring(from, to)) + '}');
      from = to;
    }
    return pieces;
  }

  static boolean isType(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_TYPE_LENGTH
        && text.chars().allMatch(TopicName::allows);
  }

  private static PublishLine ofEvent(FlatJson json, String topic) {
    Map<IdField, String> ids = new EnumMap<>(IdField.class);
    for (IdField field : IdField.values()) {
      String id = json.text(field.label());
      if (id != null) {
        ids.put(field, id);
      }
    }
    String type = String.valueOf(json.text("type"));
    if (!isType(type)) {
      throw new CommandFailed("type: " + type + " (expected: 1-128 of A-Z a-z 0-9 _ . : @ / -)");
    }
    String data = json.raw("data");
    return new PublishLine(topics(json, topic), type, ids, data == null ? "{}" : data);
  }

  private static List<String> topics(FlatJson json, String byDefault) {
    String one = json.text("topic");
    List<String> topics = one == null ? json.texts("topics") : List.of(one);
    if (topics.isEmpty()) {
      return List.of(byDefault);
    }
    if (topics.size() > TopicName.MAX_TOPICS) {
      throw new CommandFailed(
          "topics: " + topics.size() + " (expected: <= " + TopicName.MAX_TOPICS + ')');
    }
    for (String topic : topics) {
      if (!TopicName.isValid(topic)) {
        throw new CommandFailed(
            "topic: " + topic + " (expected: 1-255 of A-Z a-z 0-9 _ . : @ / -)");
      }
    }
    return topics;
  }
}
