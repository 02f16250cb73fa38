package io.pushrod.server.net;

/// A deadline that moves often and rarely passes: moving it later costs an assignment, as the node
/// stays where it is and finds out when it is called.
///
/// **Thread:** the event loop of its connection.
public abstract class MovingDeadline {
  private final Deadlines deadlines;
  private final Node node = new Node();
  private boolean armed;
  private boolean scheduled;
  private long dueNanos;
  private long scheduledNanos;

  protected MovingDeadline(Deadlines deadlines) {
    this.deadlines = deadlines;
  }

  /// The moment of the last [#moveIn] has passed. Nothing is armed now.
  protected abstract void onPassed(long nowNanos);

  /// The server begins to drain; heard by deadlines that were armed at any time before.
  protected void onDrain() {}

  /// The deadline is this long from now, and no other.
  public final void moveIn(long delayNanos) {
    armed = true;
    dueNanos = deadlines.nanoTime() + delayNanos;
    if (!scheduled || dueNanos - scheduledNanos < 0) {
      schedule();
    }
  }

  /// There is no deadline until the next [#moveIn].
  public final void clear() {
    armed = false;
  }

  /// As [#clear], and forgets the node; for a connection that ends.
  public final void cancel() {
    armed = false;
    scheduled = false;
    deadlines.cancel(node);
  }

  private void schedule() {
    scheduled = true;
    scheduledNanos = dueNanos;
    deadlines.schedule(node, dueNanos);
  }

  private final class Node extends Deadline {
    @Override
    protected void onDrain() {
      MovingDeadline.this.onDrain();
    }

    @Override
    protected void onDeadline(long nowNanos) {
      scheduled = false;
      if (!armed) {
        return;
      }
      if (nowNanos - dueNanos < 0) {
        schedule();
      } else {
        armed = false;
        onPassed(nowNanos);
      }
    }
  }
}
