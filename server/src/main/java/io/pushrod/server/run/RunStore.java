package io.pushrod.server.run;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where the records of desks outlive the process. What they hold is the desks' own.
///
/// What is put and removed of one tenant takes effect in the order of the calls.
///
/// **Thread:** any; callbacks come on any thread, or before the call returns, and must be short.
public interface RunStore {
  /// Where a record stands.
  enum Shelf {
    /// What goes on: a desk begins with all of it.
    OPEN,

    /// What is over and can be asked for.
    ENDED
  }

  /// Whether records are there after the process. Where they are not, nobody makes any.
  default boolean keeps() {
    return true;
  }

  /// Stores a record in place of the one that had its key.
  ///
  /// @param key of the tenant's own on that shelf: 1-1,000 characters
  /// @param stored runs once it is stored; what cannot be stored is tried again, and never heard of
  ///   when that does not help
  void put(String tenant, Shelf shelf, String key, byte[] record, Runnable stored);

  /// Removes a record, if it is there.
  void remove(String tenant, Shelf shelf, String key);

  /// Reads all records of a tenant on one shelf.
  void load(String tenant, Shelf shelf, Consumer<Loaded> answer);

  /// Reads of which tenants something was ever put.
  ///
  /// @throws IllegalStateException when the store cannot be read
  void tenants(Consumer<Set<String>> answer);

  /// The same store for a desk that others may take over: what it puts and removes counts only
  /// while its server has it.
  ///
  /// @param fence of the server's lease
  default RunStore under(long fence) {
    return this;
  }

  /// Why nothing can be stored now; null while it can.
  @Nullable String obstacle();

  /// What became of reading.
  sealed interface Loaded {
    /// @param byKey in no order
    record Records(Map<String, byte[]> byKey) implements Loaded {}

    /// The store could not be asked; it may be tried again.
    record Failed(String message) implements Loaded {}
  }
}
