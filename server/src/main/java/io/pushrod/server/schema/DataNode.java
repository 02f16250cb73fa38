package io.pushrod.server.schema;

import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.SimpleType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One JSON value that is checked, or is a part of a schema. Every look at it is a step.
///
/// **Thread:** one, unless its steps are unbounded.
final class DataNode implements JsonNode {
  private static final int STEP_CHARACTERS = 64;

  private final @Nullable DataNode parent;

  /// The name or the index in its parent.
  private final String name;

  private final SimpleType type;
  private final Object value;
  private final Steps steps;

  /// @param value a Boolean, String, BigDecimal, List or Map of nodes; anything for null
  DataNode(@Nullable DataNode parent, String name, SimpleType type, Object value, Steps steps) {
    this.parent = parent;
    this.name = name;
    this.type = type;
    this.value = value;
    this.steps = steps;
  }

  Steps steps() {
    return steps;
  }

  @Override
  public String getJsonPointer() {
    steps.take(1);
    StringBuilder pointer = new StringBuilder();
    for (DataNode node = this; node.parent != null; node = node.parent) {
      pointer.insert(0, JsonNode.encodeJsonPointer(node.name)).insert(0, '/');
    }
    return pointer.toString();
  }

  @Override
  public SimpleType getNodeType() {
    steps.take(1);
    return type;
  }

  @Override
  public boolean asBoolean() {
    return (Boolean) value;
  }

  @Override
  public String asString() {
    String text = type == SimpleType.NULL ? "null" : value.toString();
    steps.take(text.length() / STEP_CHARACTERS);
    return text;
  }

  @Override
  public BigInteger asInteger() {
    return asNumber().toBigInteger();
  }

  @Override
  public BigDecimal asNumber() {
    return (BigDecimal) value;
  }

  @Override
  @SuppressWarnings("unchecked")
  public List<JsonNode> asArray() {
    return (List<JsonNode>) value;
  }

  @Override
  @SuppressWarnings("unchecked")
  public Map<String, JsonNode> asObject() {
    return (Map<String, JsonNode>) value;
  }

  /// No message of ours shows a value.
  @Override
  public String toPrintableString() {
    return "a value";
  }
}
