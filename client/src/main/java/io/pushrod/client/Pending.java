package io.pushrod.client;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One accepted publication until it is settled.
final class Pending {
  /// The encoded event, on the heap; its indexes never move.
  final ByteBuf event;

  final int bytes;
  final int topicCount;
  final CompletableFuture<Published> settled = new CompletableFuture<>();

  /// Its producer sequence; 0 until it has one.
  long sequence;

  /// Set between the server's reject and the ack that covers it.
  @Nullable Reject reject;

  Pending(ByteBuf event, int topicCount) {
    this.event = event;
    this.bytes = event.readableBytes();
    this.topicCount = topicCount;
  }
}
