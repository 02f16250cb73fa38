package io.pushrod.server.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Finds what a mistyped key was probably meant to be.
final class Spelling {
  private Spelling() {}

  /// The candidate that the fewest edits lead to, or null when none is near. A right name in the
  /// wrong section is nearer than a wrong name.
  static @Nullable String nearest(String key, Collection<String> candidates) {
    String nearest = null;
    int least = Math.max(2, key.length() / 4) + 1;
    for (String candidate : candidates) {
      int distance = last(candidate).equals(last(key)) ? 1 : distance(key, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  private static String last(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  /// Levenshtein distance, one row at a time.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
