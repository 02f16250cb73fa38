package io.pushrod.server.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where files of users and workers are kept, and their bounds.
///
/// @param bytes of one file
/// @param perTenant files of one tenant
/// @param bytesPerTenant all files of one tenant
/// @param types patterns of media types that are taken, such as `image/*`
/// @param transfers uploads, downloads and removals at a time
/// @param transfersPerTenant the same, of one tenant
/// @param threads that read and write files
/// @param filesPerUpload in one form
/// @param uploadTimeMillis from the begin of a body to its end
public record AssetsConfig(
    Store store,
    long bytes,
    int perTenant,
    long bytesPerTenant,
    List<String> types,
    int transfers,
    int transfersPerTenant,
    int threads,
    int filesPerUpload,
    long uploadTimeMillis,
    S3 s3) {
  private static final int MAX = 1_000_000_000;

  /// Where files are.
  public enum Store {
    LOCAL,
    S3
  }

  /// @param endpoint of another service than Amazon's; null for Amazon's
  /// @param bucket null unless files are kept there
  /// @param prefix of every key, which ends in `/`; null for none
  /// @param pathStyle whether the bucket is in the path of requests, not in the host's name
  /// @param accessKey null for what the environment has
  /// @param secretKeyFile null for what the environment has
  public record S3(
      @Nullable String endpoint,
      String region,
      @Nullable String bucket,
      @Nullable String prefix,
      boolean pathStyle,
      @Nullable String accessKey,
      @Nullable Path secretKeyFile) {

    static S3 read(Settings settings, boolean used) {
      S3 s3 =
          new S3(
              settings.optionalText("assets.s3.endpoint"),
              settings.text("assets.s3.region", "us-east-1"),
              settings.optionalText("assets.s3.bucket"),
              settings.optionalText("assets.s3.prefix"),
              settings.flag("assets.s3.path_style", false),
              settings.optionalText("assets.s3.access_key"),
              settings.optionalPath("assets.s3.secret_key_file"));
      settings.check(
          s3.endpoint == null || s3.endpoint.matches("https?://[^/?#\\s@]+/?"),
          "assets.s3.endpoint",
          "http or https, host and port, or null");
      settings.check(
          s3.region.matches("[a-z0-9-]{1,64}"), "assets.s3.region", "such as eu-central-1");
      settings.check(
          s3.bucket == null ? !used : s3.bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
          "assets.s3.bucket",
          "the name of a bucket where assets.store is s3");
      settings.check(
          s3.prefix == null || s3.prefix.matches("([A-Za-z0-9_-][A-Za-z0-9._-]*/){1,10}"),
          "assets.s3.prefix",
          "null, or names with a / behind each");
      settings.check(
          (s3.accessKey == null) == (s3.secretKeyFile == null),
          "assets.s3.access_key",
          "beside secret_key_file, or neither");
      return s3;
    }
  }

  static AssetsConfig read(Settings settings) {
    Store store = settings.choice("assets.store", Store.LOCAL);
    AssetsConfig assets =
        new AssetsConfig(
            store,
            settings.longBytes("assets.bytes", "100MiB", "1", "5GiB"),
            settings.integer("assets.per_tenant", "100000", 1, MAX),
            settings.longBytes("assets.bytes_per_tenant", "10GiB", "1", "1048576GiB"),
            settings.texts("assets.types", List.of("*/*")),
            settings.integer("assets.transfers", "512", 1, 100_000),
            settings.integer("assets.transfers_per_tenant", "128", 1, 100_000),
            settings.integer("assets.threads", "4", 1, 256),
            settings.integer("assets.files_per_upload", "20", 1, 1_000),
            settings.millis("assets.upload_time", "10m", "1s", "1d"),
            S3.read(settings, store == Store.S3));
    settings.check(
        !assets.types.isEmpty() && assets.types.stream().allMatch(AssetsConfig::isType),
        "assets.types",
        "media types such as application/pdf, image/* or \"*/*\"");
    return assets;
  }

  private static boolean isType(String text) {
    return text.equals("*/*")
        || text.matches("[a-z0-9!#$&^_.+-]{1,100}/(\\*|[a-z0-9!#$&^_.+-]{1,100})");
  }
}
