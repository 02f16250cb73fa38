package io.pushrod.server.asset.s3;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Which bucket, and how to get in.
///
/// @param endpoint null for Amazon's
/// @param prefix of every key: empty, or ends in `/`
/// @param pathStyle whether the bucket is in the path of requests, not in the host's name
/// @param accessKey null for what the environment has
/// @param secretKey null for what the environment has
public record S3Settings(
    @Nullable URI endpoint,
    String region,
    String bucket,
    String prefix,
    boolean pathStyle,
    @Nullable String accessKey,
    @Nullable String secretKey) {

  /// Without the secret.
  @Override
  public String toString() {
    return "s3://" + bucket + '/' + prefix;
  }
}
