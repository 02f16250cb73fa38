package io.pushrod.server.surface.runs;

import io.netty.channel.EventLoop;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunStatus;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import java.util.function.Consumer;

/// One `POST /invoke/stream`: a run that lives in the answer. The answer begins when a worker has
/// begun, so that what fails before has a status; its connection's end is the run's.
///
/// **Thread:** the exchange's loop.
final class DirectRun {
  private final Exchange exchange;
  private final Identity who;
  private final Desks desks;
  private final Consumer<RunPlan> begin;
  private final EventLoop loop;
  private Runnable unwatch = () -> {};
  private boolean decided;

  /// @param begin answers with the stream
  DirectRun(Exchange exchange, Identity who, Desks desks, Consumer<RunPlan> begin) {
    this.exchange = exchange;
    this.who = who;
    this.desks = desks;
    this.begin = begin;
    this.loop = exchange.channel().eventLoop();
  }

  /// The desk has the run, or does not take it.
  void begin(RunAnswer answer) {
    switch (answer) {
      case RunAnswer.Refused refused -> StreamErrors.refused(exchange, refused);
      case RunAnswer.Done(RunView run, boolean _) -> {
        unwatch = desks.watch(run.tenant(), run.id(), view -> loop.execute(() -> onView(view)));
        // Called at once when the connection is closed already.
        exchange.channel().closeFuture().addListener(_ -> onClosed(run));
      }
    }
  }

  private void onView(RunView run) {
    if (decided || run.status() == RunStatus.ACCEPTED) {
      return;
    }
    decided = true;
    unwatch.run();
    if (run.startedMillis() > 0) {
      begin.accept(
          new RunPlan(who, run, new StartPoint.AfterSequence(0), EventFilter.ALL, 0, true));
    } else {
      StreamErrors.neverBegan(exchange, run.error());
    }
  }

  private void onClosed(RunView run) {
    if (!decided) {
      decided = true;
      unwatch.run();
      exchange.respondEmpty(200);
      RunStream.abandon(desks, run);
    }
  }
}
