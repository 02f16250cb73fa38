package io.pushrod.server.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The API keys of one data folder, in `<data>/.pushrod/api-keys`: one JSON object a line. The
/// command line changes it, a running server reads it.
///
/// **Thread:** any that may block.
public final class ApiKeyFile {
  /// The most keys that one file may hold.
  public static final int MAX_KEYS = 10_000;

  private static final long MAX_BYTES = 16L << 20;

  private final PrivateFile file;

  public ApiKeyFile(Path dataDir) {
    this.file = new PrivateFile(path(dataDir), MAX_BYTES);
  }

  static Path path(Path dataDir) {
    return dataDir.resolve(".pushrod").resolve("api-keys");
  }

  /// Whether there is one: a server may live on API keys alone.
  static boolean exists(Path dataDir) {
    return Files.exists(path(dataDir));
  }

  public Path path() {
    return file.path();
  }

  PrivateFile.@Nullable Stamp stamp() throws IOException {
    return file.stamp();
  }

  /// All keys or none: one bad line spoils the file.
  ///
  /// @throws IOException whose message names the file and says what is wrong, without a hash
  public List<ApiKey> load() throws IOException {
    try {
      return parse(file.read());
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(
          "api keys: " + path() + " (expected: whole; " + e.getMessage() + ")", e);
    }
  }

  private static List<ApiKey> parse(List<String> lines) {
    if (lines.size() > MAX_KEYS) {
      throw new IllegalArgumentException("more than " + MAX_KEYS + " keys");
    }
    List<ApiKey> keys = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (String line : lines) {
      try {
        ApiKey key = ApiKey.parse(line);
        if (!ids.add(key.id())) {
          throw new IllegalArgumentException("id: twice (expected: once)");
        }
        keys.add(key);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("key " + (keys.size() + 1) + ": " + e.getMessage(), e);
      }
    }
    return keys;
  }

  /// @throws IOException when the file cannot be changed, or is full
  public void add(ApiKey key) throws IOException {
    file.locked(
        () -> {
          List<ApiKey> keys = new ArrayList<>(load());
          if (keys.size() >= MAX_KEYS) {
            throw new IOException(
                "api keys: " + (MAX_KEYS + 1) + " (expected: <= " + MAX_KEYS + "; revoke some)");
          }
          keys.add(key);
          write(keys);
          return true;
        });
  }

  /// @return the key that is gone, if there was one of that id
  public Optional<ApiKey> remove(String id) throws IOException {
    return file.locked(
        () -> {
          List<ApiKey> keys = new ArrayList<>(load());
          Optional<ApiKey> found = keys.stream().filter(key -> key.id().equals(id)).findFirst();
          if (found.isPresent()) {
            keys.remove(found.get());
            write(keys);
          }
          return found;
        });
  }

  private void write(List<ApiKey> keys) throws IOException {
    file.write(keys.stream().map(ApiKey::line).toList());
  }
}
