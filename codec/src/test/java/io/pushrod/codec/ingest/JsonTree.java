package io.pushrod.codec.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A JSON file as maps, lists, strings and longs.
record JsonTree(Object value) {
  static JsonTree read(Path file) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      parser.nextToken();
      return new JsonTree(value(parser));
    }
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        var map = new LinkedHashMap<String, Object>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        var list = new ArrayList<Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_NUMBER_INT -> parser.getLongValue();
      default -> parser.getText();
    };
  }

  boolean has(String name) {
    return fields().containsKey(name);
  }

  JsonTree at(String name) {
    Object field = fields().get(name);
    if (field == null) {
      throw new AssertionError(name + ": missing");
    }
    return new JsonTree(field);
  }

  Map<?, ?> fields() {
    return (Map<?, ?>) value;
  }

  List<JsonTree> items() {
    return ((List<?>) value).stream().map(item -> new JsonTree((Object) item)).toList();
  }

  String text(String name) {
    return (String) at(name).value;
  }

  long number(String name) {
    return (Long) at(name).value;
  }

  int integer(String name) {
    return Math.toIntExact(number(name));
  }
}
