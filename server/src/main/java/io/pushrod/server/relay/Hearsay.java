package io.pushrod.server.relay;

import org.jspecify.annotations.Nullable;

/// A message as it came from Redis; null text for one that was too large to keep.
///
/// **Thread:** immutable.
final class Hearsay {
  static final Hearsay TOO_LARGE = new Hearsay(null);

  final byte @Nullable [] text;

  Hearsay(byte @Nullable [] text) {
    this.text = text;
  }

  int bytes() {
    return text == null ? 0 : text.length;
  }
}
