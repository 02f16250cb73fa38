package io.pushrod.server.auth;

import java.util.List;

/// The keys that may verify tokens now. Static keys are one source; a key set behind a URL, which
/// changes under way, is another.
///
/// **Thread:** any. An implementation never blocks: it answers with what it knows.
public interface KeySource {

  /// The current keys, with no wish about their order.
  List<VerificationKey> keys();

  /// A token needs a key that [#keys] lacks: a source that can look again may do so in the
  /// background.
  ///
  /// @return whether the key may yet be found, so that nothing final can be said of the token
  default boolean lookAgain() {
    return false;
  }

  static KeySource of(List<VerificationKey> keys) {
    List<VerificationKey> copy = List.copyOf(keys);
    return () -> copy;
  }
}
