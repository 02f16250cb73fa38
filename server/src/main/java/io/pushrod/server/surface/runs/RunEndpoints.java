package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Query;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunStatus;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// `/runs`: starts runs, shows and cancels them; `POST /invoke`: starts one and waits for its end.
final class RunEndpoints {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;

  private final Access access;
  private final Desks desks;
  private final RunIntake intake;

  RunEndpoints(Access access, Desks desks, RunIntake intake) {
    this.access = access;
    this.desks = desks;
    this.intake = intake;
  }

  /// What answers an operation; null for one that is none of these.
  @Nullable Endpoint endpoint(String operation, RunCallers callers) {
    return switch (operation) {
      case "invoke" -> guarded(callers, this::invoke);
      case "start" -> guarded(callers, this::start);
      case "list" -> guarded(callers, this::list);
      case "show" -> guarded(callers, this::show);
      case "delete" -> guarded(callers, this::delete);
      case "cancel" -> guarded(callers, this::cancel);
      default -> null;
    };
  }

  private interface Step {
    void run(Exchange exchange, Identity who);
  }

  private static Endpoint guarded(RunCallers callers, Step step) {
    return exchange -> {
      try {
        Identity who = callers.identify(exchange);
        if (who == null) {
          exchange.metrics().count(Counter.AUTH_MISSING);
          RunErrors.respondNoCredentials(exchange);
        } else {
          step.run(exchange, who);
        }
      } catch (RequestException e) {
        RunErrors.respond(exchange, e);
      }
    };
  }

  /// Brings what a desk answers back to the exchange's loop.
  private static <T> Consumer<T> here(Exchange exchange, Consumer<T> answer) {
    return answered -> exchange.channel().eventLoop().execute(() -> answer.accept(answered));
  }

  private void start(Exchange exchange, Identity who) {
    intake.start(exchange, who, false, answer -> started(exchange, answer));
  }

  private static void started(Exchange exchange, RunAnswer answer) {
    switch (answer) {
      case RunAnswer.Refused refused -> RunErrors.respond(exchange, refused);
      case RunAnswer.Done(RunView run, boolean fresh) -> {
        ByteBuf out = buffer(exchange);
        RunJson.accepted(out, run, fresh);
        exchange.respondJson(202, out);
      }
    }
  }

  private void invoke(Exchange exchange, Identity who) {
    intake.start(exchange, who, true, new Invocation(exchange, desks)::begin);
  }

  private void list(Exchange exchange, Identity who) {
    Query query = exchange.query();
    Predicate<RunView> which = run -> Desks.maySee(who, run);
    RunStatus status = status(query.first("status"));
    if (status != null) {
      which = which.and(run -> run.status() == status);
    }
    String agent = query.first("agent");
    if (agent != null) {
      which = which.and(run -> run.agent().equals(agent));
    }
    desks.list(
        who.tenant(),
        which,
        limit(query.first("limit")),
        here(
            exchange,
            runs -> {
              ByteBuf out = buffer(exchange);
              RunJson.list(out, runs);
              exchange.respondJson(200, out);
            }));
  }

  private static @Nullable RunStatus status(@Nullable String label) {
    if (label == null) {
      return null;
    }
    for (RunStatus each : RunStatus.values()) {
      if (each.label().equals(label)) {
        return each;
      }
    }
    throw new RequestException(
        ErrorCode.BAD_REQUEST,
        "status: unknown (expected: one of "
            + Arrays.stream(RunStatus.values()).map(RunStatus::label).toList()
            + ")");
  }

  private static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= MAX_LIMIT) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new RequestException(
        ErrorCode.BAD_REQUEST, "limit: invalid (expected: 1-" + MAX_LIMIT + ")");
  }

  private void show(Exchange exchange, Identity who) {
    RunView run = visible(exchange, who);
    ByteBuf out = buffer(exchange);
    RunJson.whole(out, run);
    exchange.respondJson(200, out);
  }

  /// Cancels at once and says so: the run may take until its deadline to be over.
  private void delete(Exchange exchange, Identity who) {
    RunView run = cancellable(exchange, who);
    CancelOrder order = CancelRequest.ofReason(exchange.query().first("reason"), who.user());
    desks.cancel(
        run.tenant(),
        run.id(),
        order,
        here(exchange, answer -> cancelled(exchange, run, answer, 200, "cancelled")));
  }

  private void cancel(Exchange exchange, Identity who) {
    RunView run = cancellable(exchange, who);
    CancelOrder order = CancelRequest.ofBody(exchange.body(), who.user());
    desks.cancel(
        run.tenant(),
        run.id(),
        order,
        here(exchange, answer -> cancelled(exchange, run, answer, 202, null)));
  }

  /// @param status what to say of the run; null for what it is
  private static void cancelled(
      Exchange exchange, RunView run, RunAnswer answer, int code, @Nullable String status) {
    switch (answer) {
      case RunAnswer.Refused refused -> {
        switch (refused.code()) {
          case NOT_FOUND -> RunErrors.respond(exchange, RunErrors.unknownRun(run.id()));
          case ALREADY_ENDED -> RunErrors.respond(exchange, RunErrors.endedRun(run.id()));
          default -> RunErrors.respond(exchange, refused);
        }
      }
      case RunAnswer.Done(RunView now, boolean _) -> {
        String said =
            status != null ? status : now.status().isTerminal() ? "cancelled" : "cancelling";
        ByteBuf out = buffer(exchange);
        new JsonObjectWriter(out).text("run_id", run.id()).text("status", said).end();
        exchange.respondJson(code, out);
      }
    }
  }

  /// @throws RequestException `NOT_FOUND` for a run that is not known or may not be seen
  private RunView visible(Exchange exchange, Identity who) {
    String id = exchange.pathParameter("run_id");
    RunView run = desks.find(who.tenant(), id);
    if (run == null) {
      throw RunErrors.unknownRun(id);
    }
    if (!Desks.maySee(who, run)) {
      exchange.metrics().count(Counter.AUTH_GRANT);
      throw RunErrors.unknownRun(id);
    }
    return run;
  }

  /// @throws RequestException as [#visible], `FORBIDDEN`, or `KILL_SWITCH`
  private RunView cancellable(Exchange exchange, Identity who) {
    RunView run = visible(exchange, who);
    access.check(exchange.metrics(), who, Action.RUN_CANCEL);
    if (!Desks.mayCancel(who, run)) {
      exchange.metrics().count(Counter.AUTH_GRANT);
      throw new RequestException(
          ErrorCode.FORBIDDEN,
          "run: of another user (expected: yours, or publish on " + run.topic() + ")");
    }
    return run;
  }

  private static ByteBuf buffer(Exchange exchange) {
    return exchange.channel().alloc().directBuffer(256);
  }
}
