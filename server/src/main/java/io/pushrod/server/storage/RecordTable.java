package io.pushrod.server.storage;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Small records by key, of which each lives until nobody has asked for it for a while. A record is
/// replaced only by who has seen it as it is, so that nobody's change is lost.
///
/// What is found, and what a swap says, is stored as far as the deployment asked for. Answers come
/// on any thread, or are there when the call returns; one that cannot be had in time fails, and may
/// be asked for again.
///
/// **Thread:** any.
public interface RecordTable {
  /// The most bytes of a value.
  int MAX_VALUE_BYTES = 256 * 1024;

  /// The most characters of a key and of an alias, which are ASCII.
  int MAX_KEY_CHARS = 255;

  /// What a table holds.
  ///
  /// @param name 1-64 of a-z 0-9 _ -
  /// @param capacity how many records there are at most: then the one of the lowest rank goes that
  ///   was not asked for longest
  /// @param lifeMillis how long a record lives without being asked for, or up to a 64th less
  record Settings(String name, int capacity, long lifeMillis) {
    /// How long it is not worth storing that a record was asked for.
    public long graceMillis() {
      return lifeMillis / 64;
    }
  }

  /// Tables of one deployment, by their names.
  @FunctionalInterface
  interface Tables {
    /// Opens a table; once each.
    ///
    /// @throws IllegalStateException when what is stored of it cannot be read
    RecordTable open(Settings settings);
  }

  /// A record.
  ///
  /// @param alias another name, of one record of the table; empty for none
  /// @param rank 0 or 1, always the same for a key
  /// @param value not to be changed
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Kept(String key, String alias, int rank, byte[] value) {
    /// @throws IllegalArgumentException when a bound is exceeded
    public Kept {
      if (key.isEmpty() || key.length() > MAX_KEY_CHARS || alias.length() > MAX_KEY_CHARS) {
        throw new IllegalArgumentException(
            "key, alias: %d and %d characters (expected: 1-%d, 0-%d)"
                .formatted(key.length(), alias.length(), MAX_KEY_CHARS, MAX_KEY_CHARS));
      }
      if (rank < 0 || rank > 1) {
        throw new IllegalArgumentException("rank: " + rank + " (expected: 0 or 1)");
      }
      if (value.length > MAX_VALUE_BYTES) {
        throw new IllegalArgumentException(
            "value: %d bytes (expected: <= %d)".formatted(value.length, MAX_VALUE_BYTES));
      }
    }
  }

  /// What became of a swap.
  ///
  /// @param done whether it was made
  /// @param now what is there instead; null for nothing
  /// @param forgotten records that went for want of room
  record Swapped(boolean done, @Nullable Kept now, int forgotten) {}

  /// The record of a key, which lives on from now.
  CompletionStage<@Nullable Kept> find(String key);

  /// The record of an alias, which lives on from now.
  CompletionStage<@Nullable Kept> findByAlias(String alias);

  /// Puts a record in the place of one, if that is as it was seen: of those who saw the same, one
  /// does.
  ///
  /// @param seen the value that was seen; null for no record
  CompletionStage<Swapped> swap(byte @Nullable [] seen, Kept next);
}
