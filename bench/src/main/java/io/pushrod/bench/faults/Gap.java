package io.pushrod.bench.faults;

import org.jspecify.annotations.Nullable;

/// What a reader was told that it will not get.
///
/// @param from the first missing cursor
/// @param to the last one; null when nobody knows
/// @param next where delivery continues
record Gap(Place from, @Nullable Place to, Place next, String reason) {
  static final String EPOCH = "epoch";

  boolean covers(Place place) {
    return place.epoch().equals(from.epoch()) && coversSequence(place.sequence());
  }

  boolean coversSequence(long sequence) {
    Place end = to;
    return from.sequence() <= sequence && (end == null || sequence <= end.sequence());
  }
}
