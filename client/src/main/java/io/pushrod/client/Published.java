package io.pushrod.client;

import java.util.List;

/// A publication that the server has settled.
///
/// @param producerSequence its number in this producer's epoch
/// @param sequences what each of its topics assigned, in the order of the topics; 0 for a signal,
///   which is not stored, and for one that was sent twice, if the server no longer knows what
///   became of it the first time
public record Published(long producerSequence, List<Long> sequences) {
  /// What the first topic assigned.
  public long sequence() {
    return sequences.getFirst();
  }
}
