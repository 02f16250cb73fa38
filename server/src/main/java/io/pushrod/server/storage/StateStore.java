package io.pushrod.server.storage;

import java.util.function.BiConsumer;

/// Small records that outlive the process beside the topics: runs, sessions, and what else is kept
/// by name.
///
/// What is put and removed takes effect in the order of the calls of one thread, and behind the
/// commits of topics that were handed over before.
///
/// **Thread:** any.
public interface StateStore {
  /// The most bytes of a key, in UTF-8.
  int MAX_KEY_BYTES = 4 * 1024;

  /// The most bytes of a value: the largest input or output of a run, and what is known beside it.
  int MAX_VALUE_BYTES = 64 * 1024 * 1024;

  /// Stores a record in place of the one that had its key.
  ///
  /// @param space which records are listed together: 1-64 of a-z 0-9 _ -
  /// @param value not to be changed after
  /// @param stored runs on any thread, once it is there after a crash, as far as the deployment
  ///   asked for; must be short
  /// @throws IllegalArgumentException when a bound is exceeded
  void put(String space, String key, byte[] value, Runnable stored);

  /// Removes a record, if it is there.
  void remove(String space, String key);

  /// Lists the records of a space by their keys; for the start, as it reads on the caller's thread.
  ///
  /// @param record gets keys and values; those that were put a moment ago are among them
  /// @throws IllegalStateException when the store cannot be read
  void each(String space, BiConsumer<String, byte[]> record);

  /// Checks the names of a record.
  ///
  /// @throws IllegalArgumentException when one is not of the expected form
  static void check(String space, String key, int valueBytes) {
    if (!space.matches("[a-z0-9_-]{1,64}")) {
      throw new IllegalArgumentException("space: " + space + " (expected: 1-64 of a-z 0-9 _ -)");
    }
    if (key.isEmpty() || key.length() > MAX_KEY_BYTES / 3) {
      throw new IllegalArgumentException(
          "key: %d characters (expected: 1-%d)".formatted(key.length(), MAX_KEY_BYTES / 3));
    }
    if (valueBytes > MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(
          "value: %d bytes (expected: <= %d)".formatted(valueBytes, MAX_VALUE_BYTES));
    }
  }
}
