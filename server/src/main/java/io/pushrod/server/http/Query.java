package io.pushrod.server.http;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The query of a request target: names with values, decoded, in the order in which they were
/// given.
public final class Query {
  /// Far above what any of our routes takes; a bound on what one request line makes us allocate.
  private static final int MAX_PARAMETERS = 512;

  /// One `name=value`.
  public record Parameter(String name, String value) {}

  private final List<Parameter> parameters;

  private Query(List<Parameter> parameters) {
    this.parameters = parameters;
  }

  /// @param raw what follows the `?`, still encoded
  /// @throws RequestException if it is not percent-encoded UTF-8, or has more than 512 parameters
  static Query parse(String raw) {
    if (raw.isEmpty()) {
      return new Query(List.of());
    }
    List<Parameter> parameters = new ArrayList<>();
    for (int from = 0; from <= raw.length(); ) {
      int end = raw.indexOf('&', from);
      if (end < 0) {
        end = raw.length();
      }
      if (end > from) {
        if (parameters.size() == MAX_PARAMETERS) {
          throw new RequestException(
              ErrorCode.BAD_REQUEST, "query: too many parameters (expected: <= 512)");
        }
        parameters.add(parameter(raw.substring(from, end)));
      }
      from = end + 1;
    }
    return new Query(List.copyOf(parameters));
  }

  private static Parameter parameter(String pair) {
    int equals = pair.indexOf('=');
    return equals < 0
        ? new Parameter(Percent.decodeForm(pair), "")
        : new Parameter(
            Percent.decodeForm(pair.substring(0, equals)),
            Percent.decodeForm(pair.substring(equals + 1)));
  }

  /// All of them, in order.
  public List<Parameter> parameters() {
    return parameters;
  }

  /// The first value given for a name.
  public @Nullable String first(String name) {
    for (Parameter parameter : parameters) {
      if (parameter.name().equals(name)) {
        return parameter.value();
      }
    }
    return null;
  }

  /// Every value given for a name, in order; empty if there is none.
  public List<String> all(String name) {
    return parameters.stream()
        .filter(parameter -> parameter.name().equals(name))
        .map(Parameter::value)
        .toList();
  }
}
