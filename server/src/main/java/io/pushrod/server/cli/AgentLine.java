package io.pushrod.server.cli;

import io.pushrod.codec.TypeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What one line of an agent's standard output says to its run.
///
/// A line that is a JSON object with a `type` is an event, by its native name or a short one; all
/// else is text. The members beside `type` are the event's data; one lone member `data` is the data
/// itself, so that native events go as they are. How a run starts and ends is the server's to say:
/// `result` and `error` tell it what to say at the end, and other such types say nothing.
/// docs/guides/streamed-agent.md has the table.
sealed interface AgentLine {
  /// To be published as it is.
  ///
  /// @param data one JSON value
  record Event(String type, String data) implements AgentLine {}

  /// What the run ends with when the program succeeds; the last one counts.
  ///
  /// @param output one JSON value
  record Result(String output) implements AgentLine {}

  /// The run fails, whatever the program's exit code will be; the first one counts.
  record Failure(String code, String message, boolean retryable) implements AgentLine {}

  /// Short names, as agents on Dockrion write them, and what they are called here.
  Map<String, String> SHORT_NAMES =
      Map.of(
          "token", "token_chunk",
          "message", "agent_message",
          "step", "node_end",
          "artifact", "artifact_written");

  /// @param line with its line end, if it has one
  /// @return in order; empty when the line has nothing to say
  static List<AgentLine> parse(String line) {
    FlatJson json = line.stripLeading().startsWith("{") ? FlatJson.parse(line.strip()) : null;
    String type = json == null ? null : json.text("type");
    if (json == null || type == null) {
      return text(line);
    }
    return switch (type) {
      case "result", "complete", "run_end" ->
          List.of(new Result(Objects.requireNonNullElse(json.raw("output"), "null")));
      case "error" -> List.of(failure(json));
      case "started", "run_start", "cancelled", "cancelling", "stalled", "heartbeat" -> List.of();
      case "custom" -> custom(json, line);
      default -> {
        String name = SHORT_NAMES.getOrDefault(type, type);
        yield TypeName.isPublishable(name) && !TypeName.TOPIC_READERS.equals(name)
            ? List.of(new Event(name, data(name, json)))
            : text(line);
      }
    };
  }

  /// What is text whatever it looks like, as the rest of a line is whose beginning was text.
  static List<AgentLine> text(String text) {
    return PublishLine.textData(text).stream()
        .<AgentLine>map(data -> new Event("token_chunk", data))
        .toList();
  }

  private static Failure failure(FlatJson json) {
    String code = Objects.requireNonNullElse(json.text("code"), "error");
    String message = json.text("message") == null ? json.text("error") : json.text("message");
    return new Failure(
        code,
        Objects.requireNonNullElse(message, "the agent reports an error"),
        json.isTrue("retryable"));
  }

  /// Whether a line that begins so is text, however it goes on.
  static boolean isText(CharSequence beginning) {
    for (int i = 0; i < beginning.length(); i++) {
      if (!Character.isWhitespace(beginning.charAt(i))) {
        return beginning.charAt(i) != '{';
      }
    }
    return false;
  }

  private static List<AgentLine> custom(FlatJson json, String line) {
    String name = json.text("name") == null ? json.text("event_type") : json.text("name");
    String type = "custom:" + name;
    return name != null && TypeName.isPublishable(type)
        ? List.of(new Event(type, Objects.requireNonNullElse(json.raw("data"), "{}")))
        : text(line);
  }

  private static String data(String type, FlatJson json) {
    List<String> names = new ArrayList<>(json.names());
    names.remove("type");
    String whole = json.raw("data");
    if (whole != null && names.size() == 1) {
      return whole;
    }
    Map<String, String> spelled = spelling(type);
    StringBuilder data = new StringBuilder("{");
    for (String name : names) {
      data.append(data.length() == 1 ? "" : ",")
          .append(FlatJson.quote(spelled.getOrDefault(name, name)))
          .append(':')
          .append(json.raw(name));
    }
    return data.append('}').toString();
  }

  private static Map<String, String> spelling(String type) {
    return switch (type) {
      case "token_chunk" -> Map.of("content", "text");
      case "node_end" -> Map.of("node_name", "node");
      default -> Map.of();
    };
  }
}
