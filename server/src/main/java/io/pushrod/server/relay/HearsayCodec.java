package io.pushrod.server.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.codec.RedisCodec;
import java.nio.ByteBuffer;

/// Names as text, messages as bytes; of a message that is too large nothing is copied.
final class HearsayCodec implements RedisCodec<String, Hearsay> {
  private final int maxBytes;

  HearsayCodec(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public String decodeKey(ByteBuffer bytes) {
    return UTF_8.decode(bytes).toString();
  }

  @Override
  public Hearsay decodeValue(ByteBuffer bytes) {
    if (bytes.remaining() > maxBytes) {
      return Hearsay.TOO_LARGE;
    }
    byte[] text = new byte[bytes.remaining()];
    bytes.get(text);
    return new Hearsay(text);
  }

  @Override
  public ByteBuffer encodeKey(String key) {
    return UTF_8.encode(key);
  }

  @Override
  public ByteBuffer encodeValue(Hearsay value) {
    return value.text == null ? ByteBuffer.allocate(0) : ByteBuffer.wrap(value.text);
  }
}
