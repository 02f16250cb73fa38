package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunStatus;
import io.pushrod.server.run.RunView;
import io.pushrod.server.run.RunView.RunError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One `POST /invoke`: a run whose end is the answer, and which ends when its connection does.
///
/// **Thread:** the exchange's loop.
final class Invocation {
  private static final String DISCONNECTED = "client disconnected";

  private final Exchange exchange;
  private final Desks desks;
  private final EventLoop loop;
  private Runnable unwatch = () -> {};
  private boolean answered;

  Invocation(Exchange exchange, Desks desks) {
    this.exchange = exchange;
    this.desks = desks;
    this.loop = exchange.channel().eventLoop();
  }

  void begin(RunAnswer answer) {
    switch (answer) {
      case RunAnswer.Refused refused -> RunErrors.respond(exchange, refused);
      case RunAnswer.Done(RunView run, boolean _) -> await(run);
    }
  }

  private void await(RunView run) {
    unwatch = desks.watch(run.tenant(), run.id(), view -> loop.execute(() -> onView(view)));
    // Called at once when the connection is closed already.
    exchange.channel().closeFuture().addListener(_ -> onClosed(run));
  }

  private void onView(RunView run) {
    if (!answered && run.status().isTerminal()) {
      answered = true;
      unwatch.run();
      answer(run);
    }
  }

  private void answer(RunView run) {
    if (run.status() == RunStatus.COMPLETED) {
      ByteBuf out = exchange.channel().alloc().directBuffer(256);
      RunJson.invoked(out, run);
      exchange.respondJson(200, out);
      return;
    }
    RunError error = run.error();
    String code = error == null ? "INTERNAL_ERROR" : name(run, error);
    String message = error == null ? "run: " + run.status().label() : error.message();
    RunErrors.respond(exchange, status(error), code, message);
  }

  /// That no worker took it will pass.
  private static int status(@Nullable RunError error) {
    return error != null && error.code().equals("no_worker") ? 503 : 500;
  }

  private static String name(RunView run, RunError error) {
    return run.status() == RunStatus.CANCELLED
        ? "CANCELLED"
        : RunJson.code(run, error).toUpperCase(Locale.ROOT);
  }

  private void onClosed(RunView run) {
    if (answered) {
      return;
    }
    answered = true;
    unwatch.run();
    exchange.respondEmpty(200);
    desks.cancel(
        run.tenant(), run.id(), new CancelOrder(How.NOW, 0, run.user(), DISCONNECTED), _ -> {});
  }
}
