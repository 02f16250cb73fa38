package io.pushrod.bench.readers;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// How far a reader is, which it keeps when its connection goes.
///
/// **Thread:** the readers' event loop.
final class Place {
  private static final byte[] ID = Scan.ascii("{\"id\":\"");

  /// What an `after` says when nothing was seen yet.
  private static final String NOW = "now";

  /// The sequence that must come next, by topic of this reader; 0 before the first.
  final long[] expected;

  private @Nullable String epoch;

  Place(int topics) {
    expected = new long[topics];
  }

  /// Takes the epoch from the first event, whose id is a cursor.
  void learn(byte[] bytes, int from, int to) {
    if (epoch != null || !Scan.startsWith(bytes, from, to, ID)) {
      return;
    }
    int start = from + ID.length;
    int dash = start;
    while (dash < to && bytes[dash] != '-') {
      dash++;
    }
    epoch = new String(bytes, start, dash - start, StandardCharsets.US_ASCII);
  }

  /// Where a reader of one topic continues.
  String cursor() {
    return epoch == null || expected.length != 1 ? NOW : epoch + '-' + (expected[0] - 1);
  }
}
