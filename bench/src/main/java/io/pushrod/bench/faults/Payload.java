package io.pushrod.bench.faults;

import io.pushrod.bench.run.BenchException;
import java.util.ArrayList;
import java.util.List;

/// What is published under a key: a text of which every letter follows from the key, so that texts
/// which were joined can be taken apart again, and one that was altered is found.
///
/// @param key `publisher.number`, by which no two publications are alike
record Payload(String key, String text) {
  private static final int LEAST_FILL = 8;
  private static final int MOST_FILL = 400;
  private static final char END = ';';

  static String key(String publisher, long number) {
    return publisher + '.' + number;
  }

  static Payload of(String key) {
    int seed = key.hashCode() * 0x9E3779B9;
    int length = LEAST_FILL + Math.floorMod(seed >>> 7, MOST_FILL - LEAST_FILL);
    StringBuilder text = new StringBuilder(key).append(':');
    for (int i = 0; i < length; i++) {
      seed = seed * 1_103_515_245 + 12_345;
      text.append((char) ('a' + Math.floorMod(seed >>> 16, 26)));
    }
    return new Payload(key, text.append(END).toString());
  }

  /// The texts of which a text was joined.
  static List<Payload> split(String joined) {
    List<Payload> all = new ArrayList<>();
    int from = 0;
    while (from < joined.length()) {
      int end = joined.indexOf(END, from);
      String text = end < 0 ? joined.substring(from) : joined.substring(from, end + 1);
      int colon = text.indexOf(':');
      all.add(new Payload(colon < 0 ? text : text.substring(0, colon), text));
      from += text.length();
    }
    return all;
  }

  boolean isIntact() {
    return of(key).text.equals(text);
  }

  String publisher() {
    return key.substring(0, dot());
  }

  long number() {
    return Long.parseLong(key.substring(dot() + 1));
  }

  private int dot() {
    int dot = key.lastIndexOf('.');
    if (dot < 1) {
      throw new BenchException("key: " + key + " (expected: publisher.number)");
    }
    return dot;
  }
}
