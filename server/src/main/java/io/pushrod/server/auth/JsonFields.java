package io.pushrod.server.auth;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The members of one small JSON object, read strictly: a member that is unknown or of another type
/// makes the whole wrong. No message holds a value.
public record JsonFields(Map<String, Object> members) {

  /// @throws IllegalArgumentException unless it is one object with no other members than these
  public static JsonFields parse(String text, Set<String> known) {
    // The parser takes a list of pairs for an object.
    if (!text.stripLeading().startsWith("{")) {
      throw new IllegalArgumentException("not a JSON object (expected: one)");
    }
    Map<String, Object> members;
    try {
      members = JSONObjectUtils.parse(text);
    } catch (ParseException e) {
      throw new IllegalArgumentException("not a JSON object (expected: one)", e);
    }
    if (members == null) {
      throw new IllegalArgumentException("null (expected: a JSON object)");
    }
    for (String name : members.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException("a member is unknown (expected: some of " + known + ")");
      }
    }
    return new JsonFields(members);
  }

  public static String write(Map<String, ?> members) {
    return JSONObjectUtils.toJSONString(members);
  }

  public boolean has(String name) {
    return members.get(name) != null;
  }

  /// Empty when it is not there.
  public String text(String name) {
    Object value = members.get(name);
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    throw wrong(name, "a text");
  }

  public List<String> texts(String name) {
    Object value = members.get(name);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw wrong(name, "a list of texts");
    }
    List<String> texts = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof String text)) {
        throw wrong(name, "a list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  /// A whole number, not negative.
  public long number(String name, long byDefault) {
    Object value = members.get(name);
    if (value == null) {
      return byDefault;
    }
    if (value instanceof Number number
        && number.doubleValue() == number.longValue()
        && number.longValue() >= 0) {
      return number.longValue();
    }
    throw wrong(name, "a whole number");
  }

  private static IllegalArgumentException wrong(String name, String expected) {
    return new IllegalArgumentException(name + ": another type (expected: " + expected + ")");
  }
}
