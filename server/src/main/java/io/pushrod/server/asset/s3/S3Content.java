package io.pushrod.server.asset.s3;

import io.pushrod.server.asset.AssetMeta;
import io.pushrod.server.asset.StoredAsset;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/// An object that is being read: one request for all that is wanted of it, which fails if the
/// object was replaced since it was found.
///
/// **Thread:** one at a time, no event loop.
final class S3Content implements StoredAsset {
  private final S3Client client;
  private final String bucket;
  private final String key;
  private final String etag;
  private final AssetMeta meta;
  private @Nullable ResponseInputStream<GetObjectResponse> in;

  S3Content(S3Client client, String bucket, String key, String etag, AssetMeta meta) {
    this.client = client;
    this.bucket = bucket;
    this.key = key;
    this.etag = etag;
    this.meta = meta;
  }

  @Override
  public AssetMeta meta() {
    return meta;
  }

  @Override
  public int read(ByteBuffer out, long position, long end) throws IOException {
    try {
      ResponseInputStream<GetObjectResponse> open = in;
      if (open == null) {
        open =
            client.getObject(
                get ->
                    get.bucket(bucket)
                        .key(key)
                        .ifMatch(etag)
                        .range("bytes=" + position + '-' + (end - 1)));
        in = open;
      }
      int wanted = (int) Math.min(out.remaining(), end - position);
      int bytes = open.read(out.array(), out.arrayOffset() + out.position(), wanted);
      if (bytes <= 0) {
        throw new EOFException("asset: cut off (expected: " + meta.size() + " bytes)");
      }
      out.position(out.position() + bytes);
      return bytes;
    } catch (SdkException e) {
      throw new IOException("s3: get", e);
    }
  }

  @Override
  public void close() {
    ResponseInputStream<GetObjectResponse> open = in;
    if (open != null) {
      // Closing would read what is left.
      open.abort();
    }
  }
}
