package io.pushrod.server.asset.s3;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.asset.AssetMeta;
import io.pushrod.server.asset.AssetPath;
import io.pushrod.server.asset.AssetStore;
import io.pushrod.server.asset.StoredAsset;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/// Assets as objects of one bucket, each with its metadata as Base64url of JSON in
/// `x-amz-meta-pushrod`.
///
/// Bodies are sent whole, with their length and without trailers, which every service understands.
///
/// **Thread:** any but an event loop.
public final class S3Store implements AssetStore {
  private static final String META = "pushrod";

  /// Less than the 2 KB that an object's own metadata may have.
  private static final int MAX_META_LENGTH = 1_900;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);

  private final S3Client client;
  private final String bucket;
  private final String prefix;

  public S3Store(S3Settings settings) {
    this.client = client(settings);
    this.bucket = settings.bucket();
    this.prefix = settings.prefix();
  }

  private static S3Client client(S3Settings settings) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(Region.of(settings.region()))
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(CONNECT_TIMEOUT)
                    .socketTimeout(SOCKET_TIMEOUT))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(
                S3Configuration.builder()
                    .pathStyleAccessEnabled(settings.pathStyle())
                    .chunkedEncodingEnabled(false)
                    .build());
    if (settings.endpoint() != null) {
      builder.endpointOverride(settings.endpoint());
    }
    if (settings.accessKey() != null && settings.secretKey() != null) {
      builder.credentialsProvider(
          StaticCredentialsProvider.create(
              AwsBasicCredentials.create(settings.accessKey(), settings.secretKey())));
    }
    return builder.build();
  }

  private String key(AssetPath path) {
    return prefix + path.key();
  }

  @Override
  public @Nullable AssetMeta put(AssetPath path, AssetMeta meta, Path spooled) throws IOException {
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(meta.toJson());
    if (text.length() > MAX_META_LENGTH) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "asset: names too long (expected: less than 1 KB together)");
    }
    try {
      AssetMeta before = meta(head(path));
      client.putObject(
          put ->
              put.bucket(bucket)
                  .key(key(path))
                  .contentType(meta.mime())
                  .metadata(Map.of(META, text)),
          spooled);
      return before;
    } catch (SdkException e) {
      throw new IOException("s3: put", e);
    }
  }

  private @Nullable HeadObjectResponse head(AssetPath path) {
    try {
      return client.headObject(head -> head.bucket(bucket).key(key(path)));
    } catch (NoSuchKeyException e) {
      return null;
    }
  }

  /// Null also for an object that somebody else put there.
  private static @Nullable AssetMeta meta(@Nullable HeadObjectResponse head) throws IOException {
    String text = head == null ? null : head.metadata().get(META);
    if (text == null) {
      return null;
    }
    try {
      return AssetMeta.parse(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new IOException("asset metadata: malformed (expected: as it was written)", e);
    }
  }

  @Override
  public @Nullable StoredAsset open(AssetPath path) throws IOException {
    try {
      HeadObjectResponse head = head(path);
      AssetMeta meta = meta(head);
      return head == null || meta == null
          ? null
          : new S3Content(client, bucket, key(path), head.eTag(), meta);
    } catch (SdkException e) {
      throw new IOException("s3: head", e);
    }
  }

  @Override
  public @Nullable AssetMeta delete(AssetPath path) throws IOException {
    try {
      AssetMeta meta = meta(head(path));
      if (meta != null) {
        var _ = client.deleteObject(delete -> delete.bucket(bucket).key(key(path)));
      }
      return meta;
    } catch (SdkException e) {
      throw new IOException("s3: delete", e);
    }
  }

  @Override
  public Usage usage(String folder) throws IOException {
    long count = 0;
    long bytes = 0;
    try {
      for (S3Object each :
          client
              .listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix + folder + '/'))
              .contents()) {
        count++;
        bytes += each.size();
      }
    } catch (SdkException e) {
      throw new IOException("s3: list", e);
    }
    return new Usage(count, bytes);
  }

  @Override
  public void close() {
    client.close();
  }
}
