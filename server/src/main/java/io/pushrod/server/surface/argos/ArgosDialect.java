package io.pushrod.server.surface.argos;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.config.SurfaceConfig.Transport;
import io.pushrod.server.dialect.ArgosEvents;
import io.pushrod.server.dialect.ArgosResource;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Dialect;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import java.util.List;

/// Argos' language. Rows say with the option `resource` what a stream is about (`ingest.job`,
/// `agent.run`, `workflow.run`; nothing for all of a project) and with `names` whether events of an
/// event stream are called by their `type` or all `message`, for clients that listen for that one
/// only. The first topic is read unless there is one called `events`; places are counted on the
/// first.
public final class ArgosDialect implements Dialect {
  static final String PROJECT = "project";
  static final String EVENTS = "events";

  private static final String RESOURCE = "resource";

  @Override
  public String name() {
    return "argos";
  }

  @Override
  public void check(Row row) {
    if (row.topics().isEmpty()) {
      throw new IllegalArgumentException("topics: none (expected: the project's)");
    }
    if (row.config().options().containsKey(RESOURCE) != (row.snapshot() != null)) {
      throw new IllegalArgumentException(
          "options.resource: one without a snapshot, or none with one (expected: both or neither)");
    }
    if (row.snapshot() != null) {
      var _ = resource(row);
    }
    if (!List.of("type", "message").contains(row.option("names", "type"))) {
      throw new IllegalArgumentException(
          "options.names: " + row.option("names", "") + " (expected: type or message)");
    }
  }

  static ArgosResource resource(Row row) {
    return new ArgosResource(row.option(RESOURCE, ""));
  }

  @Override
  public EventFilter snapshotOf(Row row) {
    return EventFilter.parse(List.of(resource(row).family() + ".*"));
  }

  @Override
  public Object vocabulary(Row row) {
    return name();
  }

  @Override
  public EventRenderer renderer(Row row) {
    return new ArgosEvents();
  }

  @Override
  public Conversation converse(Line line, Exchange exchange) {
    Row row = line.row();
    if (row.snapshot() == null) {
      return new ProjectStream(line);
    }
    ArgosResource resource = resource(row);
    String id = exchange.pathParameters().getOrDefault(resource.idName(), "");
    boolean ends = row.config().transport() == Transport.SSE;
    return new ResourceStream(line, resource, id, snapshotOf(row), ends);
  }

  @Override
  public Farewell refusal(Row row, RequestException why) {
    String message = String.valueOf(why.getMessage());
    return switch (why.code()) {
      case UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED, FORBIDDEN, KILL_SWITCH ->
          ArgosFrames.unauthenticated(message);
      case TOO_MANY_CONNECTIONS -> ArgosFrames.tooMany();
      case NOT_FOUND -> ArgosFrames.notFound(PROJECT, "project_id", "");
      default -> ArgosFrames.failed(message, "", "");
    };
  }

  /// An event stream is refused with the status and body that its clients expect.
  @Override
  public void refuse(Row row, Exchange exchange, RequestException why) {
    exchange.metrics().httpError(why.code());
    if (why.code() == ErrorCode.NOT_FOUND) {
      exchange.respondJson(404, "{\"detail\":\"" + resource(row).title() + " not found\"}");
    } else {
      exchange.respondJson(why.code().status(), String.valueOf(refusal(row, why).json()));
    }
  }
}
