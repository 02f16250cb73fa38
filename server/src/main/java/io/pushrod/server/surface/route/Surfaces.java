package io.pushrod.server.surface.route;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.RequestException;
import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.config.SurfaceConfig.Transport;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.surface.TopicPlaces;
import io.pushrod.server.surface.socketio.SocketIoApp;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The route table on the public port.
public final class Surfaces {
  private final List<Dialect> dialects;
  private final SurfaceServices services;
  private final Map<Transport, SurfaceTransport> transports;

  private final TopicPlaces places = new TopicPlaces(Integer.MAX_VALUE);

  public Surfaces(
      List<Dialect> dialects,
      SurfaceServices services,
      Map<Transport, SurfaceTransport> transports) {
    this.dialects = dialects;
    this.services = services;
    this.transports = transports;
  }

  /// Adds the rows, which share a path if their methods differ; rows of other transports than these
  /// are left to those.
  ///
  /// @throws IllegalArgumentException for a row that makes no sense, with its name
  public void addTo(Router router, List<SurfaceConfig> rows) {
    for (SurfaceConfig config : rows) {
      if (config.transport() != Transport.SOCKETIO) {
        try {
          add(router, Row.of(config));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "surfaces." + config.name() + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /// The apps of the rows of Socket.IO, by their namespaces.
  ///
  /// @throws IllegalArgumentException for a row that makes no sense, with its name
  public Map<String, SocketIoApp> apps(List<SurfaceConfig> rows) {
    Map<String, SocketIoApp> apps = new HashMap<>();
    for (SurfaceConfig config : rows) {
      if (config.transport() == Transport.SOCKETIO) {
        try {
          Row row = Row.of(config);
          Dialect dialect = dialect(row);
          dialect.check(row);
          if (apps.put(config.path(), dialect.app(row, services)) != null) {
            throw new IllegalArgumentException(
                "path: " + config.path() + " (expected: a namespace of its own)");
          }
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "surfaces." + config.name() + ": " + e.getMessage(), e);
        }
      }
    }
    return apps;
  }

  private void add(Router router, Row row) {
    Dialect dialect = dialect(row);
    dialect.check(row);
    if (dialect.serves(row)) {
      SurfaceConfig at = row.config();
      router.add(HttpMethod.valueOf(at.method()), at.path(), endpoint(row, dialect));
    }
  }

  private Endpoint endpoint(Row row, Dialect dialect) {
    SurfaceTransport transport = transports.get(row.config().transport());
    if (transport != null) {
      return new SurfaceRoute(row, dialect, services, transport, places);
    }
    Endpoint endpoint = dialect.endpoint(row, services);
    return new Operation(row, dialect, endpoint);
  }

  /// A row's request, refused in the words of its dialect.
  private record Operation(Row row, Dialect dialect, Endpoint endpoint) implements Endpoint {
    @Override
    public void handle(Exchange exchange) {
      try {
        endpoint.handle(exchange);
      } catch (RequestException e) {
        dialect.refuse(row, exchange, e);
      }
    }

    @Override
    public boolean streamsBody(Exchange exchange) {
      return endpoint.streamsBody(exchange);
    }
  }

  private Dialect dialect(Row row) {
    String name = row.config().dialect();
    return dialects.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "dialect: "
                        + name
                        + " (expected: one of "
                        + String.join(", ", dialects.stream().map(Dialect::name).toList())
                        + ")"));
  }
}
