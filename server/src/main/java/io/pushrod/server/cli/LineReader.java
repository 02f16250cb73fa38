package io.pushrod.server.cli;

import java.io.IOException;
import java.io.Reader;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Reads lines with their ends, so that text comes out as it went in; bounded, unlike
/// [java.io.BufferedReader].
final class LineReader {
  private final Reader in;
  private final int maxChars;
  private final Predicate<CharSequence> passesEarly;
  private final char[] buffer = new char[8_192];
  private int from;
  private int to;

  /// @param maxChars a longer line comes in pieces
  LineReader(Reader in, int maxChars) {
    this(in, maxChars, _ -> false);
  }

  /// @param passesEarly the beginnings of lines that are not held back until their line is
  ///   complete, but come as a piece when there is nothing more to read for now
  LineReader(Reader in, int maxChars, Predicate<CharSequence> passesEarly) {
    this.in = in;
    this.maxChars = maxChars;
    this.passesEarly = passesEarly;
  }

  /// @return the next line with its `\n`; without it at the end of the input, when the line is
  ///   longer than it may be, and when it passes early; null behind the end
  @Nullable String next() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (from == to) {
        if (!line.isEmpty() && passesEarly.test(line) && !in.ready()) {
          return line.toString();
        }
        from = 0;
        to = Math.max(0, in.read(buffer));
        if (to == 0) {
          return line.isEmpty() ? null : line.toString();
        }
      }
      int end = from;
      int stop = Math.min(to, from + maxChars - line.length());
      boolean isComplete = false;
      while (end < stop && !isComplete) {
        isComplete = buffer[end++] == '\n';
      }
      line.append(buffer, from, end - from);
      from = end;
      if (isComplete || line.length() == maxChars) {
        return line.toString();
      }
    }
  }
}
