package io.pushrod.server.relay;

import io.netty.buffer.ByteBuf;

/// A message as it becomes an event.
///
/// @param type valid, one that may be published
/// @param ids as a JSON fragment, each written `,"run_id":"r1"`; empty for none
/// @param data one compact JSON value, on the heap: it needs no release
/// @param timestampMillis since 1970; 0 for now
/// @param sequence the producer's number of it, from 1; 0 when it numbers nothing
/// @param last whether nothing of its topic counts after it
/// @param stored whether it comes out of a stream, and so is of the past
record Relayed(
    String type,
    String ids,
    ByteBuf data,
    long timestampMillis,
    long sequence,
    boolean last,
    boolean stored) {
  private static final int OVERHEAD = 256;

  Relayed(
      String type, String ids, ByteBuf data, long timestampMillis, long sequence, boolean last) {
    this(type, ids, data, timestampMillis, sequence, last, false);
  }

  Relayed fromStream() {
    return new Relayed(type, ids, data, timestampMillis, sequence, last, true);
  }

  /// About what it takes on the heap.
  int bytes() {
    return OVERHEAD + data.readableBytes();
  }
}
