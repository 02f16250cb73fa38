package io.pushrod.bench.report;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// How far a command of known length is, on stderr: one line that is redrawn on a terminal, else a
/// line per step.
///
/// **Thread:** any; a thread of its own redraws the time each second on a terminal.
public final class Progress implements AutoCloseable {
  /// Assumed of a terminal that does not know its width.
  private static final int NARROW = 40;

  private static final int BAR = 10;
  private static final String CLEAR = "\r\u001b[K";

  private final String what;
  private final int steps;
  private final PrintStream out;
  private final int columns;
  private final LongSupplier nanoClock;
  private final long startNanos;
  private int begun;
  private long begunNanos;
  private String doing = "";
  private boolean closed;

  /// @param columns of the terminal; 0 where there is none
  Progress(String what, int steps, PrintStream out, int columns, LongSupplier nanoClock) {
    this.what = Text.plain(what);
    this.steps = Math.max(1, steps);
    this.out = out;
    this.columns = columns;
    this.nanoClock = nanoClock;
    this.startNanos = nanoClock.getAsLong();
    this.begunNanos = startNanos;
  }

  /// @param steps that will be begun; more than these count as the last one
  public static Progress start(String what, int steps) {
    int columns = Terminal.columns().stream().map(c -> c == 0 ? NARROW : c).findAny().orElse(0);
    Progress progress = new Progress(what, steps, System.err, columns, System::nanoTime);
    if (columns > 0) {
      Thread.ofVirtual().start(progress::keepRedrawing);
    }
    return progress;
  }

  /// The next step begins, and with it the one before ends.
  ///
  /// @param now what is done in it
  public synchronized void step(String now) {
    begun = Math.min(steps, begun + 1);
    begunNanos = nanoClock.getAsLong();
    doing = Text.plain(now);
    if (columns > 0) {
      redraw();
    } else {
      out.printf("%s %d/%d (%s): %s%n", what, begun, steps, times(), doing);
    }
  }

  /// Runs what prints to the same terminal, with the line out of its way.
  public synchronized void aside(Runnable printing) {
    clear();
    printing.run();
    redraw();
  }

  /// Takes the line away. What follows on stdout stands alone.
  @Override
  public synchronized void close() {
    clear();
    closed = true;
  }

  synchronized void redraw() {
    if (columns > 0 && !closed) {
      out.print(CLEAR + Text.fitted(line(), columns - 1));
      out.flush();
    }
  }

  private void clear() {
    if (columns > 0 && !closed) {
      out.print(CLEAR);
      out.flush();
    }
  }

  private void keepRedrawing() {
    while (!closed()) {
      try {
        Thread.sleep(Duration.ofSeconds(1));
      } catch (InterruptedException e) {
        return;
      }
      redraw();
    }
  }

  private synchronized boolean closed() {
    return closed;
  }

  /// What matters most comes first: the end is cut where the terminal is narrow.
  private String line() {
    int full = BAR * done() / steps;
    return "[%s%s] %d %% %s: %s (%s)"
        .formatted("#".repeat(full), "-".repeat(BAR - full), percent(), times(), doing, what);
  }

  private int done() {
    return Math.max(0, begun - 1);
  }

  private int percent() {
    return 100 * done() / steps;
  }

  /// Time since the start and, from the second step on, what the rest will take if its steps take
  /// as long as those that are done.
  private String times() {
    long elapsed = nanoClock.getAsLong() - startNanos;
    if (done() == 0) {
      return clock(elapsed);
    }
    long perStep = (begunNanos - startNanos) / done();
    long left = Math.max(0, perStep * steps - elapsed);
    return clock(elapsed) + ", " + clock(left) + " left";
  }

  private static String clock(long nanos) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos);
    return seconds < TimeUnit.HOURS.toSeconds(1)
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
