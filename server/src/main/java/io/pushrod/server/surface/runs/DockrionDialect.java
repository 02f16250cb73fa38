package io.pushrod.server.surface.runs;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.server.config.AuthConfig.Carriers;
import io.pushrod.server.dialect.DockrionEvents;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Dialect;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.route.SurfaceServices;
import io.pushrod.server.surface.route.TopicReader;
import org.jspecify.annotations.Nullable;

/// Dockrion's language: its requests and streams of runs are operations; a stream of any other
/// topics is their events in its JSON.
public final class DockrionDialect implements Dialect {
  private final RunEndpoints endpoints;
  private final RunStreams streams;
  private final boolean asyncRuns;

  /// @param defaultAgent for who names none; null for nobody
  /// @param asyncRuns whether there are runs that outlive the request which starts them
  /// @param elsewhere finds runs whose events come from another system
  public DockrionDialect(
      SurfaceServices services,
      @Nullable String defaultAgent,
      boolean asyncRuns,
      RunsElsewhere elsewhere,
      RunTransport sse,
      RunTransport webSocket) {
    Access access = services.access();
    RunIntake intake = new RunIntake(services.hub(), access, services.desks(), defaultAgent);
    this.endpoints = new RunEndpoints(access, services.desks(), intake);
    this.streams =
        new RunStreams(
            services.hub(),
            access,
            services.surface(),
            services.desks(),
            intake,
            elsewhere,
            sse,
            webSocket);
    this.asyncRuns = asyncRuns;
  }

  @Override
  public String name() {
    return "dockrion";
  }

  @Override
  public boolean serves(Row row) {
    String operation = row.config().operation();
    return asyncRuns || operation.isEmpty() || operation.startsWith("invoke");
  }

  @Override
  public Endpoint endpoint(Row row, SurfaceServices services) {
    String operation = row.config().operation();
    String header = row.option("api_key", "");
    RunCallers callers =
        new RunCallers(
            services.access(),
            row.config().carriers(),
            new Carriers(header.isEmpty() ? null : header, null, null));
    Endpoint request = endpoints.endpoint(operation, callers);
    Endpoint found = request == null ? streams.endpoint(operation, callers) : request;
    if (found == null) {
      throw new IllegalArgumentException(
          "operation: "
              + operation
              + " (expected: invoke, invoke_stream, start, list, show, delete, cancel or events)");
    }
    return found;
  }

  @Override
  public void refuse(Row row, Exchange exchange, RequestException why) {
    RunErrors.respond(exchange, why);
  }

  @Override
  public Object vocabulary(Row row) {
    return name();
  }

  @Override
  public EventRenderer renderer(Row row) {
    return new DockrionEvents(DockrionEvents.Shape.MANAGED);
  }

  @Override
  public Conversation converse(Line line, Exchange exchange) {
    return new TopicReader(line);
  }

  @Override
  public Farewell refusal(Row row, RequestException why) {
    CloseReason reason = Access.closeReason(why.code());
    return Farewell.of(reason.code(), reason.text());
  }
}
