package io.pushrod.server.asset;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where assets are kept.
///
/// **Thread:** any but an event loop; every method blocks.
public interface AssetStore extends AutoCloseable {
  /// Puts a file in its place, whole and with its metadata, instead of what was there.
  ///
  /// @param spooled a file of ours, synced; it is moved, or copied and left to the caller
  /// @return what was there
  /// @throws io.pushrod.codec.RequestException `BAD_REQUEST` where another asset is in the way
  @Nullable AssetMeta put(AssetPath path, AssetMeta meta, Path spooled) throws IOException;

  /// @return null if there is no such asset
  @Nullable StoredAsset open(AssetPath path) throws IOException;

  /// Removes an asset.
  ///
  /// @return what it was; null if there was none
  @Nullable AssetMeta delete(AssetPath path) throws IOException;

  /// What a tenant has. Called once before anything of that tenant is put, it also removes halves
  /// of assets.
  ///
  /// @param folder as [AssetPath#folder] names it
  Usage usage(String folder) throws IOException;

  @Override
  void close();

  /// @param count assets
  /// @param bytes their content
  record Usage(long count, long bytes) {}
}
