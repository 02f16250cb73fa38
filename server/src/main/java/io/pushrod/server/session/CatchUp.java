package io.pushrod.server.session;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.GapReason;
import org.jspecify.annotations.Nullable;

/// What a subscription remembers while it reads by itself: replaying history, or lagging behind its
/// fan-out group.
public final class CatchUp {
  /// The last sequence got.
  public long cursor;

  /// Up to here the reader asked for history: overflow policies don't touch it.
  public long replayUntil;

  /// Up to here events come folded.
  public long foldUntil;

  /// Whether its socket pushed back, so that what it lacks behind [#replayUntil] is lag.
  public boolean lagging;

  /// The cursor it came with, of a log that is gone; null once that was told.
  public @Nullable Cursor lost;

  /// Everything up to here is skipped, for the reason beside it; 0 for nothing.
  public long skipUntil;

  /// Up to here no lifecycle event was found in what is skipped, which may be read page by page.
  public long searchedUntil;

  public GapReason skipReason = GapReason.OVERFLOW;

  /// What `drop_newest` dropped: `[dropFrom, dropUntil]`; 0 for nothing.
  public long dropFrom;

  public long dropUntil;

  /// Whether the subscription waits in its connection's outbox for a turn.
  public boolean queued;

  /// Whether what it lacks is on its way from a store; it has no turns meanwhile.
  public boolean loading;

  public CatchUp(long cursor) {
    this.cursor = cursor;
  }

  /// Whether something is to be told before events go on.
  public boolean hasSkip() {
    return skipUntil > 0 || lost != null;
  }

  /// Begins to skip everything up to `sequence`, unless the reader has that already; a skip that is
  /// under way only grows.
  public void skip(long sequence, GapReason reason) {
    if (sequence > cursor && sequence > skipUntil) {
      skipUntil = sequence;
      skipReason = reason;
    }
  }
}
