package io.pushrod.server.asset;

import java.io.IOException;
import java.nio.ByteBuffer;

/// An asset that is being read: its content stays the same even when it is replaced or removed.
///
/// **Thread:** one at a time, no event loop.
public interface StoredAsset extends AutoCloseable {
  AssetMeta meta();

  /// Reads bytes in order: the first call chooses where it begins, and each other goes on where the
  /// one before has ended.
  ///
  /// @param out with an array
  /// @param end position behind the last byte that will be read
  /// @return bytes read, at least one
  /// @throws IOException also where the content is shorter than it should be
  int read(ByteBuffer out, long position, long end) throws IOException;

  @Override
  void close();
}
