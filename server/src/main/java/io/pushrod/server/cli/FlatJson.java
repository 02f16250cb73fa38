package io.pushrod.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The members of one JSON object, values as they were written.
final class FlatJson {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Map<String, String> raw = new LinkedHashMap<>();
  private final Map<String, String> texts = new HashMap<>();

  private FlatJson() {}

  /// @return null when the text is not exactly one JSON object
  static @Nullable FlatJson parse(String text) {
    FlatJson json = new FlatJson();
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        json.add(parser, text);
      }
      return parser.nextToken() == null ? json : null;
    } catch (IOException e) {
      return null;
    }
  }

  private void add(JsonParser parser, String text) throws IOException {
    String name = parser.currentName();
    JsonToken token = parser.nextToken();
    int from = (int) parser.currentTokenLocation().getCharOffset();
    if (token == JsonToken.VALUE_STRING) {
      texts.put(name, parser.getText());
    }
    if (token.isScalarValue() && token != JsonToken.VALUE_STRING) {
      raw.put(name, parser.getText());
      return;
    }
    parser.skipChildren();
    raw.put(name, text.substring(from, (int) parser.currentLocation().getCharOffset()));
  }

  /// The text of a member that is one, else null.
  @Nullable String text(String name) {
    return texts.get(name);
  }

  /// The JSON of a member, or null when there is none.
  @Nullable String raw(String name) {
    return raw.get(name);
  }

  /// The names of all members, in the order of their first appearance.
  Set<String> names() {
    return raw.keySet();
  }

  /// The texts in an array; empty when the member is none.
  List<String> texts(String name) {
    List<String> items = new ArrayList<>();
    String array = raw.get(name);
    if (array != null && array.startsWith("[")) {
      try (JsonParser parser = FACTORY.createParser(array)) {
        parser.nextToken();
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
          items.add(parser.getText());
        }
      } catch (IOException e) {
        throw new IllegalStateException("was parsed before", e);
      }
    }
    return items;
  }

  boolean isTrue(String name) {
    return "true".equals(raw.get(name));
  }

  long number(String name, long byDefault) {
    String value = raw.get(name);
    try {
      return value == null ? byDefault : Long.parseLong(value);
    } catch (NumberFormatException e) {
      return byDefault;
    }
  }

  /// The JSON string of a text.
  static String quote(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
