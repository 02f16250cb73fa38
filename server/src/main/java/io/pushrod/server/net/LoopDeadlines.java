package io.pushrod.server.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Deadlines kept as tasks of the event loop itself: exact, and a few hundred bytes for each.
///
/// **Thread:** the event loop.
public final class LoopDeadlines implements Deadlines {
  private final EventLoop loop;

  public LoopDeadlines(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void schedule(Deadline deadline, long dueNanos) {
    cancel(deadline);
    deadline.ticket =
        loop.schedule(
            () -> fire(deadline), Math.max(0, dueNanos - nanoTime()), TimeUnit.NANOSECONDS);
  }

  @Override
  public void cancel(Deadline deadline) {
    if (deadline.ticket instanceof Future<?> task) {
      task.cancel(false);
    }
    deadline.ticket = null;
  }

  private void fire(Deadline deadline) {
    deadline.ticket = null;
    deadline.onDeadline(nanoTime());
  }
}
