package io.pushrod.bench.readers;

import io.pushrod.bench.run.Door;
import java.util.Arrays;

/// Checks events against what all readers of a topic must agree on: no sequence is missing or
/// repeated on a connection, and every reader gets the same bytes for the same sequence.
///
/// The bytes of the latest sequences, as the first reader saw them, are the reference for the
/// others.
///
/// **Thread:** the readers' event loop.
final class EventCheck {
  private static final long UNKNOWN = -1;
  private static final byte[] FROM_SEQUENCE = Scan.ascii(",\"from_seq\":");
  private static final byte[] GAP = Scan.ascii("\"type\":\"gap\"");
  private static final byte[] GAP_FROM = Scan.ascii("\"from\":\"");
  private static final byte[] GAP_TO = Scan.ascii("\"to\":\"");

  private final byte[] sequenceMark;
  private final byte[] intendedMark;
  private final long[] sequences;
  private final byte[][] references;
  private final long[] intendedNanos;
  private int sequenceHint = -1;
  private int intendedHint = -1;

  /// @param remembered how many sequences back a reader may be and still be compared; a power of
  ///   two
  EventCheck(int remembered, Door.Dialect dialect) {
    sequenceMark = Scan.ascii(dialect.sequence());
    intendedMark = Scan.ascii(dialect.intended());
    sequences = new long[remembered];
    references = new byte[remembered][0];
    intendedNanos = new long[remembered];
  }

  /// Checks the event in `[from, to)`; `expected` is the sequence that must come next, 0 before the
  /// first.
  ///
  /// @return the sequence that must come after this one
  long onEvent(byte[] bytes, int from, int to, long expected, long nowNanos, Tally tally) {
    int slot = slot(expected);
    byte[] reference = references[slot];
    if (sequences[slot] == expected
        && Arrays.equals(reference, 0, reference.length, bytes, from, to)) {
      // Another reader had the same bytes: what stands in them is known.
      tally.delivered(nowNanos);
      tally.bytes += to - from;
      if (intendedNanos[slot] != UNKNOWN) {
        tally.latency(nowNanos - intendedNanos[slot]);
      }
      return expected + 1;
    }
    return onOther(bytes, from, to, expected, nowNanos, tally);
  }

  private int slot(long sequence) {
    return (int) (sequence & (sequences.length - 1));
  }

  private long onOther(byte[] bytes, int from, int to, long expected, long nowNanos, Tally tally) {
    int at = Scan.after(bytes, from, to, sequenceMark, sequenceHint);
    if (at < 0) {
      return onUnsequenced(bytes, from, to, expected, tally);
    }
    sequenceHint = at - from - sequenceMark.length;
    long sequence = Scan.number(bytes, at, to);
    long first = sequence;
    int end = at;
    while (end < to && bytes[end] != ',') {
      end++;
    }
    int time = Scan.after(bytes, from, to, intendedMark, intendedHint);
    long intended = time < 0 ? UNKNOWN : Scan.number(bytes, time, to);
    if (Scan.startsWith(bytes, end, to, FROM_SEQUENCE)) {
      first = Scan.number(bytes, end + FROM_SEQUENCE.length, to);
      tally.folded++;
    } else {
      compare(bytes, from, to, sequence, intended, tally);
    }
    tally.delivered(nowNanos);
    tally.bytes += to - from;
    if (expected != 0 && first != expected) {
      if (first > expected) {
        tally.missing += first - expected;
      } else {
        tally.repeated++;
      }
    }
    if (intended != UNKNOWN) {
      intendedHint = time - from - intendedMark.length;
      tally.latency(nowNanos - intended);
    }
    return sequence + 1;
  }

  private void compare(byte[] bytes, int from, int to, long sequence, long intended, Tally tally) {
    int slot = slot(sequence);
    byte[] reference = references[slot];
    if (sequences[slot] == sequence) {
      if (!Arrays.equals(reference, 0, reference.length, bytes, from, to)) {
        tally.altered++;
      }
    } else if (sequences[slot] < sequence) {
      sequences[slot] = sequence;
      intendedNanos[slot] = intended;
      if (reference.length != to - from) {
        references[slot] = Arrays.copyOfRange(bytes, from, to);
      } else {
        System.arraycopy(bytes, from, reference, 0, reference.length);
      }
    }
  }

  /// A gap names what is missing, first and last; anything else without a sequence is a signal and
  /// of no interest.
  private static long onUnsequenced(byte[] bytes, int from, int to, long expected, Tally tally) {
    if (Scan.after(bytes, from, to, GAP, -1) < 0) {
      return expected;
    }
    long first = cursorSequence(bytes, Scan.after(bytes, from, to, GAP_FROM, -1), to);
    long last = cursorSequence(bytes, Scan.after(bytes, from, to, GAP_TO, -1), to);
    if (first < 0 || last < first) {
      tally.malformed++;
      return expected;
    }
    if (expected != 0 && first != expected) {
      tally.missing += Math.max(0, first - expected);
      tally.repeated += first < expected ? 1 : 0;
    }
    tally.gaps++;
    tally.gapEvents += last - first + 1;
    return last + 1;
  }

  private static long cursorSequence(byte[] bytes, int from, int to) {
    if (from < 0) {
      return -1;
    }
    int dash = from;
    while (dash < to && bytes[dash] != '-') {
      dash++;
    }
    return dash == to ? -1 : Scan.number(bytes, dash + 1, to);
  }
}
