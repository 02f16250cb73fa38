package io.pushrod.server.support;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads single members out of JSON text, wherever they are; enough for assertions.
public final class Json {
  private Json() {}

  /// The first string member of that name.
  public static String text(String json, String name) {
    return find(json, "\"" + name + "\":\"([^\"]*)\"");
  }

  /// The first number member of that name.
  public static long number(String json, String name) {
    return Long.parseLong(find(json, "\"" + name + "\":(-?[0-9]+)"));
  }

  private static String find(String json, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(json);
    if (!matcher.find()) {
      throw new AssertionError("json: no " + pattern + " in " + json);
    }
    return matcher.group(1);
  }
}
