package io.pushrod.server.asset;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;

/// What one tenant has, uploads on their way included.
///
/// **Thread:** any but an event loop; its lock is held for some additions.
final class TenantUsage {
  private final AssetSettings settings;
  private long count;
  private long bytes;

  TenantUsage(AssetSettings settings, AssetStore.Usage stored) {
    this.settings = settings;
    this.count = stored.count();
    this.bytes = stored.bytes();
  }

  /// @throws RequestException `ASSET_QUOTA` if there is no room for another asset
  synchronized void addAsset() {
    if (count >= settings.perTenant()) {
      throw new RequestException(
          ErrorCode.ASSET_QUOTA, "assets: too many (expected: <= " + settings.perTenant() + ")");
    }
    count++;
  }

  /// @throws RequestException `ASSET_QUOTA` if there is no room for so many bytes
  synchronized void addBytes(long more) {
    if (bytes + more > settings.bytesPerTenant()) {
      throw new RequestException(
          ErrorCode.ASSET_QUOTA,
          "assets: too large together (expected: <= " + settings.bytesPerTenant() + " bytes)");
    }
    bytes += more;
  }

  synchronized void remove(long assets, long less) {
    count = Math.max(0, count - assets);
    bytes = Math.max(0, bytes - less);
  }
}
