package io.pushrod.server.relay;

import org.jspecify.annotations.Nullable;

/// Topics that differ in one id, such as `run/{run_id}`.
///
/// **Thread:** any.
record TopicPattern(String before, String behind) {
  /// @param text with one id in braces, as the configuration has checked
  static TopicPattern of(String text) {
    return new TopicPattern(
        text.substring(0, text.indexOf('{')), text.substring(text.indexOf('}') + 1));
  }

  /// The id in a topic's name, without slashes; null for another topic.
  @Nullable String id(String topic) {
    int end = topic.length() - behind.length();
    if (end <= before.length() || !topic.startsWith(before) || !topic.endsWith(behind)) {
      return null;
    }
    String id = topic.substring(before.length(), end);
    return id.indexOf('/') < 0 ? id : null;
  }
}
