package io.pushrod.server.run;

import io.pushrod.server.log.Producer;
import org.jspecify.annotations.Nullable;

/// What a store has of a desk.
sealed interface RunRecord {
  /// When it was written, in the desk's time ([DeskTime]).
  long stampMillis();

  /// Nothing but that the desk was there then.
  record Stamp(long stampMillis) implements RunRecord {}

  /// A message that no worker has taken yet.
  ///
  /// @param order rises with each message and run of the desk
  record OfMessage(long stampMillis, long order, Request request) implements RunRecord {}

  /// A run. Once a worker has accepted it, its input is left out.
  ///
  /// @param order rises with each message and run of the desk
  /// @param request with an empty payload where the input is left out
  /// @param view without what `end` says
  /// @param key its idempotency key
  /// @param beganMillis when it was started, in the desk's time
  /// @param state waiting or running, in the desk's time
  /// @param producer who holds it; null while nobody does
  /// @param pattern by which that one took it
  /// @param begins whether its topics say that it has begun, or are to
  /// @param end what is its end, to be written to its topics or written; null before
  /// @param endedMillis when its end was written, in the desk's time; 0 before
  record OfRun(
      long stampMillis,
      long order,
      Request request,
      RunView view,
      @Nullable String key,
      long beganMillis,
      RunState state,
      @Nullable Producer producer,
      String pattern,
      boolean begins,
      RunAction.@Nullable End end,
      long endedMillis)
      implements RunRecord {

    /// How it is to be shown: as ended, once that is planned.
    RunView shown() {
      return end == null ? view : view.ended(end, view.endedMillis(), view.lastSequence());
    }
  }
}
