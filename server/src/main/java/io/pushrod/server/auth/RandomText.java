package io.pushrod.server.auth;

import java.security.SecureRandom;

/// Random letters and digits: 5.95 bits each, safe in a header, a query, a cookie and a shell, and
/// selected as one word by a double click.
final class RandomText {
  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private RandomText() {}

  static String of(int characters) {
    SecureRandom random = new SecureRandom();
    StringBuilder text = new StringBuilder(characters);
    for (int i = 0; i < characters; i++) {
      text.append(BASE62.charAt(random.nextInt(BASE62.length())));
    }
    return text.toString();
  }
}
