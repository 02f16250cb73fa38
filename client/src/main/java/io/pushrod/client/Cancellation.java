package io.pushrod.client;

import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whether a run is asked to end, by whom and why. Once asked it stays so; a harder wish replaces a
/// softer one, and an earlier deadline a later one.
///
/// **Thread:** any. The order is published by a volatile write; callbacks are guarded by the
/// monitor and called outside of it.
public final class Cancellation {
  private record Order(How how, Duration deadline, String by, String reason) {}

  private final List<Runnable> callbacks = new ArrayList<>();
  private volatile @Nullable Order order;

  Cancellation() {}

  public boolean requested() {
    return order != null;
  }

  /// Why; empty before it is asked, and when no reason was given.
  public String reason() {
    Order asked = order;
    return asked == null ? "" : asked.reason;
  }

  /// Who asked; empty before, and when nobody is named.
  public String by() {
    Order asked = order;
    return asked == null ? "" : asked.by;
  }

  /// How hard: `NOW`, after the present node, or after the present turn; null before it is asked.
  public @Nullable How how() {
    Order asked = order;
    return asked == null ? null : asked.how;
  }

  /// How long after it was asked the run is ended without its worker; zero before it is asked, and
  /// when that has happened.
  public Duration deadline() {
    Order asked = order;
    return asked == null ? Duration.ZERO : asked.deadline;
  }

  /// Calls back once when the end is asked for, on a thread of its own; at once if it was already.
  public void onRequested(Runnable callback) {
    synchronized (callbacks) {
      if (order == null) {
        callbacks.add(callback);
        return;
      }
    }
    call(callback);
  }

  /// @return whether that is harder than what was asked before
  boolean request(Cancel cancel) {
    return request(
        cancel.how(), Duration.ofMillis(cancel.deadlineMillis()), cancel.by(), cancel.reason());
  }

  /// The run was ended without its worker.
  void requestAtOnce(String reason) {
    var _ = request(How.NOW, Duration.ZERO, "", reason);
  }

  private boolean request(How how, Duration deadline, String by, String reason) {
    List<Runnable> waiting;
    boolean harder;
    synchronized (callbacks) {
      Order asked = order;
      if (asked == null) {
        harder = true;
        order = new Order(how, deadline, by, reason);
      } else {
        harder = how.compareTo(asked.how) < 0;
        boolean earlier = deadline.compareTo(asked.deadline) < 0;
        order =
            new Order(
                harder ? how : asked.how,
                earlier ? deadline : asked.deadline,
                asked.by,
                asked.reason);
      }
      waiting = List.copyOf(callbacks);
      callbacks.clear();
    }
    waiting.forEach(Cancellation::call);
    return harder;
  }

  private static void call(Runnable callback) {
    Thread.ofVirtual().name("pushrod-cancel").start(callback);
  }
}
