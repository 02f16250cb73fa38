package io.pushrod.server.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.JsonNodeFactory;
import dev.harrel.jsonschema.SimpleType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads JSON into nodes.
///
/// **Thread:** any; immutable.
final class DataNodes implements JsonNodeFactory {
  /// A number with more places before or behind its point costs too much to compute with.
  private static final int MAX_SCALE = 1_000;

  private static final int MAX_DEPTH = 64;
  private static final JsonFactory JACKSON = new JsonFactory();

  @Override
  public JsonNode wrap(Object node) {
    return (JsonNode) node;
  }

  @Override
  public JsonNode create(String rawJson) {
    try (JsonParser parser = JACKSON.createParser(rawJson)) {
      return read(parser, Steps.unbounded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @param json one value, checked
  /// @throws Steps.Exhausted for what costs more, and for what the parser finds too long
  static DataNode read(byte[] json, Steps steps) {
    try (JsonParser parser = JACKSON.createParser(json)) {
      return read(parser, steps);
    } catch (IOException e) {
      throw new Steps.Exhausted();
    }
  }

  private static DataNode read(JsonParser parser, Steps steps) throws IOException {
    parser.nextToken();
    return value(parser, null, "", 0, steps);
  }

  private static DataNode value(
      JsonParser parser, @Nullable DataNode parent, String name, int depth, Steps steps)
      throws IOException {
    steps.take(1);
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser, parent, name, depth, steps);
      case START_ARRAY -> array(parser, parent, name, depth, steps);
      case VALUE_STRING -> new DataNode(parent, name, SimpleType.STRING, parser.getText(), steps);
      case VALUE_TRUE, VALUE_FALSE ->
          new DataNode(parent, name, SimpleType.BOOLEAN, parser.getBooleanValue(), steps);
      case VALUE_NULL -> new DataNode(parent, name, SimpleType.NULL, "null", steps);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, parent, name, steps);
      case null, default -> throw new IOException("a value is missing");
    };
  }

  private static DataNode number(
      JsonParser parser, @Nullable DataNode parent, String name, Steps steps) throws IOException {
    BigDecimal number = parser.getDecimalValue();
    if (Math.abs((long) number.scale()) > MAX_SCALE || number.precision() > MAX_SCALE) {
      throw new Steps.Exhausted();
    }
    boolean whole = number.scale() <= 0 || number.stripTrailingZeros().scale() <= 0;
    return new DataNode(
        parent, name, whole ? SimpleType.INTEGER : SimpleType.NUMBER, number, steps);
  }

  private static DataNode object(
      JsonParser parser, @Nullable DataNode parent, String name, int depth, Steps steps)
      throws IOException {
    checkDepth(depth);
    Map<String, JsonNode> members = new LinkedHashMap<>();
    DataNode object = new DataNode(parent, name, SimpleType.OBJECT, members, steps);
    for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
      parser.nextToken();
      members.put(member, value(parser, object, member, depth + 1, steps));
    }
    return object;
  }

  private static DataNode array(
      JsonParser parser, @Nullable DataNode parent, String name, int depth, Steps steps)
      throws IOException {
    checkDepth(depth);
    List<JsonNode> elements = new ArrayList<>();
    DataNode array = new DataNode(parent, name, SimpleType.ARRAY, elements, steps);
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(parser, array, Integer.toString(elements.size()), depth + 1, steps));
    }
    return array;
  }

  private static void checkDepth(int depth) throws IOException {
    if (depth == MAX_DEPTH) {
      throw new IOException("more than " + MAX_DEPTH + " levels");
    }
  }
}
