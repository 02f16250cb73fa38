package io.pushrod.server.asset;

import java.nio.file.Path;
import java.util.List;

/// Bounds of assets.
///
/// @param folder where uploads are on their way, and the local store
/// @param bytes of one asset
/// @param perTenant assets of one tenant
/// @param bytesPerTenant content of all assets of one tenant
/// @param types patterns of the media types that are taken
/// @param transfers uploads, downloads and removals of all at a time
/// @param transfersPerTenant the same, of one tenant
/// @param threads that read and write files
/// @param filesPerUpload files of one upload
public record AssetSettings(
    Path folder,
    long bytes,
    int perTenant,
    long bytesPerTenant,
    List<String> types,
    int transfers,
    int transfersPerTenant,
    int threads,
    int filesPerUpload) {

  public AssetSettings {
    types = List.copyOf(types);
  }
}
