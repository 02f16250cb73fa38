package io.pushrod.client;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Welcome;

/// What else uses the connections of a publisher.
///
/// **Thread:** the publisher's loop.
interface Companion {
  /// Uses nothing, so that every frame which is not a publisher's breaks the protocol.
  Companion NONE =
      new Companion() {
        @Override
        public void onReady(Welcome welcome) {}

        @Override
        public void onWritten() {}

        @Override
        public void onFrame(IngestFrame frame) {
          throw PublisherConnection.unexpected(frame);
        }

        @Override
        public void onEnded(PublisherClosed cause) {}
      };

  /// A connection is ready; nothing was written on it yet.
  void onReady(Welcome welcome);

  /// Everything was written that the window has room for.
  void onWritten();

  /// A request, grant, cancel or release has arrived.
  void onFrame(IngestFrame frame);

  /// The publisher has ended, and will not connect again.
  void onEnded(PublisherClosed cause);
}
