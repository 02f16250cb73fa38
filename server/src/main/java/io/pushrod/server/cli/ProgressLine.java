package io.pushrod.server.cli;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/// One line at the bottom of a terminal that says how far something is, and makes room for what is
/// printed.
///
/// **Thread:** one at a time.
final class ProgressLine {
  private static final int MAX_CHARS = 76;

  private final PrintWriter err;
  private final boolean isTerminal;
  private boolean isShown;
  private boolean isInLine;

  /// @param isTerminal without one nothing is shown
  ProgressLine(PrintWriter err, boolean isTerminal) {
    this.err = err;
    this.isTerminal = isTerminal;
  }

  /// Shows it, unless that would break a line of text in two.
  ///
  /// @param fraction a number from 0 to 1, as JSON
  void show(String step, @Nullable String fraction, String message) {
    if (!isTerminal || isInLine) {
      return;
    }
    String line = (step + percent(fraction) + (message.isEmpty() ? "" : ' ' + message)).strip();
    String plain = line.replaceAll("\\p{Cntrl}+", " ");
    err.print("\r\033[K[" + plain.substring(0, Math.min(MAX_CHARS, plain.length())) + ']');
    err.flush();
    isShown = true;
  }

  /// Makes room for what is to be printed.
  void clear() {
    if (isShown) {
      err.print("\r\033[K");
      err.flush();
      isShown = false;
    }
  }

  /// Text was printed.
  void onText(String text) {
    isInLine = text.isEmpty() ? isInLine : !text.endsWith("\n");
  }

  /// Whether the text that was printed stopped within a line.
  boolean isInLine() {
    return isInLine;
  }

  private static String percent(@Nullable String fraction) {
    try {
      return fraction == null ? "" : " " + Math.round(100 * Double.parseDouble(fraction)) + '%';
    } catch (NumberFormatException e) {
      return "";
    }
  }
}
