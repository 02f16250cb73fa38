package io.pushrod.server.storage;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Small records that several servers have in common: each knows all of them, and hears of what the
/// others change.
///
/// **Thread:** any.
public interface SharedRecords {
  /// Hears what other servers change, each change of a record in order. **Thread:** the store's;
  /// must only hand over.
  interface Listener {
    void onPut(String key, byte[] value);

    void onRemove(String key);
  }

  /// One server has them for itself.
  SharedRecords ALONE =
      new SharedRecords() {
        @Override
        public CompletionStage<Boolean> begin(Map<String, byte[]> known, Listener listener) {
          return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletionStage<Boolean> put(String key, byte[] value) {
          return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletionStage<Boolean> remove(String key) {
          return CompletableFuture.completedFuture(true);
        }
      };

  /// Begins, once, with what this server remembers: what the others have counts, and if there is
  /// nothing yet, this is where it comes from.
  ///
  /// @return whether what the others have is known; it comes later if not
  CompletionStage<Boolean> begin(Map<String, byte[]> known, Listener listener);

  /// Changes a record that this server has changed for itself already.
  ///
  /// @return whether the others will hear of it now; else they will when that is possible again,
  ///   unless this server ends before
  CompletionStage<Boolean> put(String key, byte[] value);

  /// As [#put].
  CompletionStage<Boolean> remove(String key);
}
