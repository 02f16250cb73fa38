package io.pushrod.server.surface.northstar;

import java.util.Arrays;
import java.util.Locale;

/// Which generation of clients a row serves: how they say who and where they are.
enum Profile {
  /// A socket: whoever was let in by its request starts after a short grace or with its first
  /// frame, which may be a hello; others say hello. A request: who says something about the context
  /// says all of it.
  ANY,
  /// A token is all.
  N1,
  /// The context is in headers, and may be in part; `X-Env` is one of them.
  N2,
  /// The context is complete; sockets say it in a hello; `X-Env` is refused.
  N3;

  /// @throws IllegalArgumentException for none
  static Profile of(String name) {
    return Arrays.stream(values())
        .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "options.profile: " + name + " (expected: any, n1, n2 or n3)"));
  }
}
