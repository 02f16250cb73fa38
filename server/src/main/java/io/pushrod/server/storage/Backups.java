package io.pushrod.server.storage;

import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Copies what a server has stored, as it is at one moment, while the server goes on.
///
/// **Thread:** any; answers come on any.
public interface Backups {
  /// Makes a copy in a folder of its own.
  ///
  /// @param name of the folder: 1-64 of A-Z a-z 0-9 . _ -, and no dot first; null for the time
  /// @return fails with an [io.pushrod.codec.RequestException] that says why, and leaves nothing
  CompletionStage<Backup> make(@Nullable String name);

  /// A copy that is complete, and on the disk.
  ///
  /// @param bytes of its files, those that it shares with the server's folder among them
  record Backup(Path folder, long bytes, long topics, long tookMillis) {}
}
