package io.pushrod.server.auth;

import com.nimbusds.jose.JWSAlgorithm;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys that may verify tokens now. Static keys are one source; a key set behind a URL, which
/// changes under way, is another.
///
/// **Thread:** any. An implementation never blocks: it answers with what it knows.
public interface KeySource {

  /// The current keys, with no wish about their order.
  List<VerificationKey> keys();

  /// A token named a key that [#keys] lacks: a source that can look again may do so in the
  /// background.
  ///
  /// @param kid as the token says it, or null
  default void onUnknownKey(@Nullable String kid, JWSAlgorithm algorithm) {}

  static KeySource of(List<VerificationKey> keys) {
    List<VerificationKey> copy = List.copyOf(keys);
    return () -> copy;
  }
}
