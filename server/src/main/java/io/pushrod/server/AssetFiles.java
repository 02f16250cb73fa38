package io.pushrod.server;

import io.pushrod.server.asset.AssetSettings;
import io.pushrod.server.asset.AssetStore;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.asset.s3.S3Settings;
import io.pushrod.server.asset.s3.S3Store;
import io.pushrod.server.config.AssetsConfig;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.metrics.ShardMetrics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Assets as the configuration wants them.
final class AssetFiles {
  private static final int MAX_SECRET_LENGTH = 4_096;

  private AssetFiles() {}

  /// @param metrics nobody else's
  static Assets of(ServerConfig config, ShardMetrics metrics, Clock clock) {
    AssetsConfig of = config.assets();
    AssetSettings settings =
        new AssetSettings(
            config.dataDir().resolve("assets"),
            of.bytes(),
            of.perTenant(),
            of.bytesPerTenant(),
            of.types(),
            of.transfers(),
            of.transfersPerTenant(),
            of.threads(),
            of.filesPerUpload());
    AssetStore store =
        switch (of.store()) {
          case LOCAL -> Assets.localStore(settings);
          case S3 -> new S3Store(s3(of.s3()));
        };
    return new Assets(settings, store, metrics, clock::millis);
  }

  private static S3Settings s3(AssetsConfig.S3 of) {
    return new S3Settings(
        of.endpoint() == null ? null : URI.create(of.endpoint()),
        of.region(),
        Objects.requireNonNull(of.bucket(), "bucket: none (expected: checked)"),
        of.prefix() == null ? "" : of.prefix(),
        of.pathStyle(),
        of.accessKey(),
        of.secretKeyFile() == null ? null : secret(of.secretKeyFile()));
  }

  private static String secret(Path file) {
    try {
      String secret = Files.readString(file).strip();
      if (!secret.isEmpty() && secret.length() <= MAX_SECRET_LENGTH) {
        return secret;
      }
    } catch (IOException e) {
      // Said below; the reason may hold what is in the file.
    }
    throw new ConfigException(
        "assets.s3.secret_key_file: " + file + " (expected: a readable file with one secret)");
  }
}
