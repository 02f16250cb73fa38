package io.pushrod.server.net.ring;

import java.io.IOException;

/// There is no ring to be had here: the system has none, or refuses it, as containers often do.
public final class RingException extends IOException {
  private static final long serialVersionUID = 1;

  RingException(String message) {
    super(message);
  }
}
