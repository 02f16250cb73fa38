package io.pushrod.codec.websocket;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// The computed header values of the opening handshake (RFC 6455 section 4).
public final class WebSocketHandshake {
  /// The only `Sec-WebSocket-Version` that is spoken.
  public static final String VERSION = "13";

  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;
  private static final int KEY_CHARS = 24;

  private WebSocketHandshake() {}

  /// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`.
  public static String accept(String key) {
    byte[] joined = (key + GUID).getBytes(StandardCharsets.ISO_8859_1);
    return Base64.getEncoder().encodeToString(sha1().digest(joined));
  }

  /// Whether a `Sec-WebSocket-Key` is 16 bytes in base64; null, for no header, is not.
  public static boolean isKey(@Nullable String key) {
    if (key == null || key.length() != KEY_CHARS) {
      return false;
    }
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  public static boolean isVersion(@Nullable String version) {
    return VERSION.equals(version);
  }

  /// The `Sec-WebSocket-Key` of a client that drew 16 random bytes.
  public static String key(byte[] random) {
    if (random.length != KEY_BYTES) {
      throw new IllegalArgumentException("random: " + random.length + " bytes (expected: 16)");
    }
    return Base64.getEncoder().encodeToString(random);
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-1", e);
    }
  }
}
