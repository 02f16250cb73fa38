package io.pushrod.server.transport.socketio;

import java.security.SecureRandom;
import java.util.Base64;

/// Ids that nobody guesses: 128 random bits, as 22 characters that need no escape in a URL.
final class RandomId {
  private static final int BYTES = 16;

  private RandomId() {}

  static String of(SecureRandom random) {
    byte[] bits = new byte[BYTES];
    random.nextBytes(bits);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
  }
}
