package io.pushrod.bench.jmh;

import io.netty.channel.DefaultEventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// An event loop without a thread: what it is given waits until somebody runs it.
public final class HeldLoop extends DefaultEventLoop {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /// Runs what waits and what that gives it, as if the caller were its thread.
  ///
  /// @return how many tasks that were
  public int runAll() {
    int ran = 0;
    while (runOne()) {
      ran++;
    }
    return ran;
  }

  /// Runs the task that has waited longest.
  ///
  /// @return false when there was none
  public boolean runOne() {
    Runnable task = tasks.poll();
    if (task != null) {
      task.run();
    }
    return task != null;
  }
}
