package io.pushrod.server.auth;

import java.net.URI;
import java.util.function.Consumer;

/// The world outside of [FetchedKeys]: the network and time.
///
/// **Thread:** any; nothing blocks. Tasks and answers run one at a time on a thread of its own,
/// never within the call.
interface KeyFetcher {

  /// Fetches a key set, within the bounds of time and bytes that were configured.
  ///
  /// @param then gets exactly one answer, unless the fetcher is closed before
  void fetch(URI url, Consumer<Fetched> then);

  void later(long delayNanos, Runnable task);

  /// Monotonic.
  long nanos();

  /// What came of a fetch.
  sealed interface Fetched {}

  record Body(String json) implements Fetched {}

  record Failed(FetchResult why) implements Fetched {}
}
