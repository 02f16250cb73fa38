package io.pushrod.server.schema;

import dev.harrel.jsonschema.Error;
import dev.harrel.jsonschema.Validator;

/// The first thing that is wrong with data.
///
/// @param place where in the data: a JSON Pointer behind `data`, in printable ASCII
/// @param rule what the schema asks there; holds nothing of the data
/// @param ruleAt where the schema says so
record Violation(String place, String rule, String ruleAt) {
  private static final int MAX_PLACE = 160;

  static Violation first(Validator.Result result) {
    for (Error error : result.getErrors()) {
      String at = error.getSchemaLocation();
      return new Violation(
          place(error.getInstanceLocation()), error.getError(), at.substring(at.indexOf('#') + 1));
    }
    return new Violation("data", "breaks the schema", "");
  }

  /// Data that costs too much to check.
  static Violation tooMuchWork() {
    return new Violation("data", "takes too many steps to check", "");
  }

  /// Names in the data are its publisher's.
  private static String place(String pointer) {
    StringBuilder place = new StringBuilder("data");
    pointer
        .chars()
        .limit(MAX_PLACE)
        .forEach(c -> place.append(c > ' ' && c < 127 && c != '"' ? (char) c : '?'));
    return pointer.length() > MAX_PLACE ? place.append("...").toString() : place.toString();
  }
}
