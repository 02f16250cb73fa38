package io.pushrod.server.auth;

import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The API keys that hold now.
///
/// **Thread:** [#verify] any, and it never blocks; [#refresh] one thread at a time.
final class ApiKeys {
  private final ApiKeyFile file;
  private PrivateFile.@Nullable Stamp seen;
  private volatile Map<String, ApiKey> keys = Map.of();

  /// @throws ConfigException when there is a file that cannot be read
  ApiKeys(Path dataDir) {
    this.file = new ApiKeyFile(dataDir);
    try {
      refresh();
    } catch (IOException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  int size() {
    return keys.size();
  }

  Verdict verify(String credential, long nowMillis) {
    ApiKey key = keys.get(ApiKey.idOf(credential));
    if (key == null || !key.fits(credential)) {
      return new Refused(Reason.UNKNOWN_API_KEY);
    }
    return key.isExpired(nowMillis) ? new Refused(Reason.EXPIRED) : new Accepted(key.identity());
  }

  /// What a new file brought.
  ///
  /// @param ended ids of keys that are gone, or no longer what they were
  record Change(Set<String> added, Set<String> ended) {}

  /// Takes over the file if it is another than before. One that is damaged changes nothing, and is
  /// reported once.
  ///
  /// @return null when nothing changed
  @Nullable Change refresh() throws IOException {
    PrivateFile.Stamp now = file.stamp();
    if (Objects.equals(now, seen)) {
      return null;
    }
    seen = now;
    List<ApiKey> loaded = file.load();
    Map<String, ApiKey> before = keys;
    Map<String, ApiKey> after =
        loaded.stream().collect(Collectors.toUnmodifiableMap(ApiKey::id, Function.identity()));
    keys = after;
    return change(before, after);
  }

  private static @Nullable Change change(Map<String, ApiKey> before, Map<String, ApiKey> after) {
    Set<String> added = new HashSet<>(after.keySet());
    added.removeAll(before.keySet());
    Set<String> ended = new HashSet<>();
    before.forEach(
        (id, key) -> {
          if (!key.equals(after.get(id))) {
            ended.add(id);
          }
        });
    return added.isEmpty() && ended.isEmpty() ? null : new Change(added, ended);
  }
}
