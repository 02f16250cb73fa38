package io.pushrod.server.auth;

import io.pushrod.server.auth.Verdict.Accepted;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Accepted tokens by their SHA-256, until they expire; the one used longest ago makes room.
///
/// **Thread:** any. One lock, held for one step in a hash map: tokens are looked up when something
/// connects, not per event.
final class TokenCache {
  /// The SHA-256 of a token.
  record Key(long a, long b, long c, long d) {
    static Key of(String token) {
      try {
        ByteBuffer hash =
            ByteBuffer.wrap(
                MessageDigest.getInstance("SHA-256")
                    .digest(token.getBytes(StandardCharsets.UTF_8)));
        return new Key(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every JVM has SHA-256", e);
      }
    }
  }

  private final int maxEntries;
  private final Map<Key, Accepted> entries;

  /// Under the lock of `entries`.
  private long generation;

  TokenCache(int maxEntries) {
    this.maxEntries = maxEntries;
    this.entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Key, Accepted> eldest) {
            return size() > maxEntries;
          }
        };
  }

  @Nullable Accepted find(Key key, long nowMillis) {
    synchronized (entries) {
      Accepted accepted = entries.get(key);
      if (accepted != null && nowMillis >= accepted.identity().expiresAtMillis()) {
        entries.remove(key);
        return null;
      }
      return accepted;
    }
  }

  /// How often it was cleared; to be read before a token is verified, and given to [#add].
  long generation() {
    synchronized (entries) {
      return generation;
    }
  }

  /// @param seen what was verified before a [#clear] since then is not added
  void add(Key key, Accepted accepted, long seen) {
    if (maxEntries > 0) {
      synchronized (entries) {
        if (seen == generation) {
          entries.put(key, accepted);
        }
      }
    }
  }

  /// Forgets all, since other keys are in use now.
  void clear() {
    synchronized (entries) {
      entries.clear();
      generation++;
    }
  }

  int size() {
    synchronized (entries) {
      return entries.size();
    }
  }
}
