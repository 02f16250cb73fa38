package io.pushrod.server.surface.runs;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.TopicPlaces;
import org.jspecify.annotations.Nullable;

/// `GET /runs/{run_id}/events`, which becomes an event stream or, with `Upgrade`, a WebSocket; and
/// `POST /invoke/stream`, whose answer is a run.
final class RunStreams {
  private static final ConnectionLog LOG = ConnectionLog.of(RunStreams.class);

  private final Hub hub;
  private final Access access;
  private final NativeSurface surface;
  private final Desks desks;
  private final RunIntake intake;
  private final RunTransport sse;
  private final RunTransport webSocket;
  private final TopicPlaces viewers;
  private final RunsElsewhere elsewhere;

  RunStreams(
      Hub hub,
      Access access,
      NativeSurface surface,
      Desks desks,
      RunIntake intake,
      RunsElsewhere elsewhere,
      RunTransport sse,
      RunTransport webSocket) {
    this.elsewhere = elsewhere;
    this.hub = hub;
    this.access = access;
    this.surface = surface;
    this.desks = desks;
    this.intake = intake;
    this.sse = sse;
    this.webSocket = webSocket;
    this.viewers = new TopicPlaces(desks.settings().viewersPerRun());
  }

  /// What answers an operation; null for one that is none of these.
  @Nullable Endpoint endpoint(String operation, RunCallers callers) {
    return switch (operation) {
      case "invoke_stream" -> exchange -> invoke(exchange, callers);
      case "events" -> exchange -> serve(exchange, callers);
      default -> null;
    };
  }

  // Direct runs.

  private void invoke(Exchange exchange, RunCallers callers) {
    try {
      Identity who = callers.identify(exchange);
      if (who == null) {
        refuseUnknown(exchange, sse);
        return;
      }
      DirectRun run = new DirectRun(exchange, who, desks, plan -> open(exchange, plan));
      intake.start(exchange, who, true, run::begin);
    } catch (RequestException e) {
      StreamErrors.refused(exchange, e);
    }
  }

  /// A worker has begun. Meanwhile the address of its client may have no place left.
  private void open(Exchange exchange, RunPlan plan) {
    try {
      surface.takeAddress(exchange);
      sse.open(exchange, plan.who(), new RunStream(access, desks, viewers, plan));
    } catch (RequestException e) {
      RunStream.abandon(desks, plan.run());
      StreamErrors.refused(exchange, e);
    }
  }

  // Managed runs.

  private void serve(Exchange exchange, RunCallers callers) {
    // Some clients offer h2c with every request, and are content without.
    boolean upgrades =
        exchange.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    RunTransport transport = upgrades ? webSocket : sse;
    transport.check(exchange);
    try {
      open(exchange, callers, transport);
    } catch (RunQuery.Invalid e) {
      StreamErrors.invalid(exchange, e);
    } catch (RequestException e) {
      refuse(exchange, transport, e);
    }
  }

  private static void refuse(Exchange exchange, RunTransport transport, RequestException e) {
    if (transport.tells(e)) {
      LOG.refused(exchange.channel(), e.code().label());
      exchange.metrics().httpError(e.code());
      transport.refuse(exchange, Access.closeReason(e.code()));
    } else {
      StreamErrors.refused(exchange, e);
    }
  }

  private void open(Exchange exchange, RunCallers callers, RunTransport transport)
      throws RunQuery.Invalid {
    Identity who = callers.identify(exchange);
    if (who == null) {
      refuseUnknown(exchange, transport);
      return;
    }
    access.check(exchange.metrics(), who, Action.SUBSCRIBE);
    NativeSurface.checkMemory(hub.of(exchange.channel().eventLoop()));
    String id = exchange.pathParameter("run_id");
    RunView run = desks.find(who.tenant(), id);
    RunQuery query = RunQuery.of(exchange);
    if (run != null) {
      open(exchange, transport, who, run, query);
    } else if (who.subscribe().allows(Desks.runTopic(id))) {
      EventLoop loop = exchange.channel().eventLoop();
      elsewhere
          .find(who.tenant(), id)
          .whenComplete(
              (found, failure) ->
                  loop.execute(() -> onLooked(exchange, transport, who, query, found, failure)));
    } else {
      unknown(exchange, id);
    }
  }

  /// Meanwhile the client may be gone.
  private void onLooked(
      Exchange exchange,
      RunTransport transport,
      Identity who,
      RunQuery query,
      @Nullable RunView found,
      @Nullable Throwable failure) {
    if (!exchange.channel().isActive()) {
      exchange.respondEmpty(200);
    } else if (failure != null) {
      refuse(
          exchange,
          transport,
          new RequestException(ErrorCode.UNAVAILABLE, "run: cannot be looked for now"));
    } else if (found == null) {
      unknown(exchange, exchange.pathParameter("run_id"));
    } else {
      try {
        open(exchange, transport, who, found, query);
      } catch (RequestException e) {
        refuse(exchange, transport, e);
      }
    }
  }

  private static void unknown(Exchange exchange, String id) {
    exchange.metrics().count(Counter.AUTH_GRANT);
    StreamErrors.unknownRun(exchange, id);
  }

  private void open(
      Exchange exchange, RunTransport transport, Identity who, RunView run, RunQuery query) {
    if (!Desks.maySee(who, run)) {
      unknown(exchange, run.id());
      return;
    }
    if (transport == sse && query.comesBack() && hasAll(run, query.start())) {
      // The one answer after which a browser does not come back.
      exchange.respondEmpty(204);
      return;
    }
    surface.takeAddress(exchange);
    RunPlan plan =
        new RunPlan(who, run, start(run, query.start()), query.filter(), query.limitNanos(), false);
    transport.open(exchange, who, new RunStream(access, desks, viewers, plan));
  }

  private void refuseUnknown(Exchange exchange, RunTransport transport) {
    exchange.metrics().count(Counter.AUTH_MISSING);
    if (transport == sse) {
      RunErrors.respondNoCredentials(exchange);
    } else {
      transport.refuse(exchange, CloseReason.UNAUTHENTICATED);
    }
  }

  /// Whether nothing can follow what the client has seen.
  private static boolean hasAll(RunView run, StartPoint start) {
    long seen =
        switch (start) {
          case StartPoint.After(Cursor cursor) -> cursor.sequence();
          case StartPoint.AfterSequence(long sequence) -> sequence;
          case StartPoint.Earliest(), StartPoint.Now() -> 0;
        };
    return run.status().isTerminal() && run.lastSequence() > 0 && seen >= run.lastSequence();
  }

  /// A run that has ended is not live any more: what is left of it is its last event.
  private static StartPoint start(RunView run, StartPoint wanted) {
    boolean live = wanted instanceof StartPoint.Now;
    return live && run.lastSequence() > 0
        ? new StartPoint.AfterSequence(run.lastSequence() - 1)
        : wanted;
  }
}
