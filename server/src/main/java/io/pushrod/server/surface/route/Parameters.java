package io.pushrod.server.surface.route;

import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Query.Parameter;
import java.util.HashMap;
import java.util.Map;

/// What topics may be made of: the parameters of a request's path, then of its query.
final class Parameters {
  private Parameters() {}

  /// Those that topics of the row have: a connection keeps them, and no token that came with them.
  /// A name of the path is never taken from the query; of equal names in the query the first
  /// counts.
  static Map<String, String> of(Exchange exchange, Row row) {
    Map<String, String> parameters = new HashMap<>(exchange.pathParameters());
    for (Parameter each : exchange.query().parameters()) {
      parameters.putIfAbsent(each.name(), each.value());
    }
    parameters.keySet().retainAll(row.parameters());
    return Map.copyOf(parameters);
  }
}
