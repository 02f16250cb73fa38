package io.pushrod.server.session;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import org.jspecify.annotations.Nullable;

/// One connection's interest in one topic: filter + cursor.
///
/// **Thread:** the connection's shard. While it is caught up, its fan-out group keeps the cursor
/// for it; otherwise it has a [CatchUp] of its own.
public final class Subscription {
  /// Hears that a subscription stands, once, before its first event.
  public interface Begun {
    void onBegun(Subscription subscription);

    /// The subscription ended before it stood.
    default void onNeverBegun() {}

    /// The subscription was taken away before it stood.
    ///
    /// @param why `NOT_FOUND` when for its reader there is no such topic, `TOPIC_QUOTA` when its
    ///   tenant may have no more
    default void onRefused(Subscription subscription, ErrorCode why) {
      subscription.connection().onUnsubscribed(subscription.key().name(), why, null);
    }
  }

  /// What is needed until it has begun, and let go of then.
  private record Opening(StartPoint start, boolean folded, Begun begun) {}

  private final Connection connection;
  private TopicKey key;
  private EventFormat format;
  private final EventFilter filter;
  private final OverflowPolicy policy;
  private @Nullable Opening opening;
  private @Nullable EventFormat replay;
  private @Nullable TopicLog log;
  private @Nullable CursorSource group;
  private @Nullable CatchUp catchUp;
  private @Nullable Attendance attendance;
  private boolean present;
  private int slot;

  /// @param start where it begins to read once the log is known
  /// @param folded whether the history before the join comes folded
  public Subscription(
      Connection connection,
      TopicKey key,
      EventFormat format,
      EventFilter filter,
      OverflowPolicy policy,
      StartPoint start,
      boolean folded,
      Begun begun) {
    this.connection = connection;
    this.key = key;
    this.format = format;
    this.filter = filter;
    this.policy = policy;
    this.opening = new Opening(start, folded, begun);
  }

  public Connection connection() {
    return connection;
  }

  public TopicKey key() {
    return key;
  }

  /// Lets go of a key of its own for an equal one that all readers of the topic share.
  public void share(TopicKey equal) {
    key = equal;
  }

  public EventFormat format() {
    EventFormat special = replay;
    return special == null ? format : special;
  }

  /// Frames events in a way of its own until the reader joins a group.
  public void replayAs(EventFormat own) {
    replay = own;
  }

  /// From now on it shares what others get.
  public void endReplay() {
    replay = null;
  }

  /// Changes how events are framed, while none was.
  ///
  /// @throws IllegalStateException if it has begun
  public void reformat(EventFormat other) {
    if (log != null) {
      throw new IllegalStateException("subscription: begun (expected: pending)");
    }
    format = other;
  }

  public EventFilter filter() {
    return filter;
  }

  public OverflowPolicy policy() {
    return policy;
  }

  /// Lets it count among those who are on the topic, whatever topic this is. To be called before it
  /// is handed to its shard; a surface whose readers are present does.
  public Subscription asPresent() {
    present = true;
    return this;
  }

  /// Whether it counts on any topic.
  public boolean countsAsPresent() {
    return present;
  }

  /// What counts for it; null before it begun, and where it does not count.
  public @Nullable Attendance attendance() {
    return attendance;
  }

  /// Notes what counts for it; null when that is over.
  public void attend(@Nullable Attendance as) {
    attendance = as;
  }

  /// Where it asked to begin; [StartPoint#NOW] once it has.
  public StartPoint start() {
    return opening == null ? StartPoint.NOW : opening.start();
  }

  public boolean folded() {
    return opening != null && opening.folded();
  }

  /// The topic's log; null until its owner answered.
  public @Nullable TopicLog log() {
    return log;
  }

  /// The log of a subscription that has begun.
  public TopicLog begunLog() {
    TopicLog begun = log;
    if (begun == null) {
      throw new IllegalStateException("subscription: pending (expected: begun)");
    }
    return begun;
  }

  /// Begins to read behind `cursor`.
  public CatchUp begin(TopicLog of, long cursor) {
    log = of;
    return leave(cursor);
  }

  /// Tells the one who subscribed that it ended, if it never stood.
  public void tellEnded() {
    Opening told = opening;
    opening = null;
    if (told != null) {
      told.begun().onNeverBegun();
    }
  }

  /// Tells the one who subscribed why it has no such topic.
  public void tellRefused(ErrorCode why) {
    Opening told = opening;
    opening = null;
    if (told != null) {
      told.begun().onRefused(this, why);
    }
  }

  /// Tells the one who subscribed that it stands.
  public void tellBegun() {
    Opening told = opening;
    opening = null;
    connection.onBegun(this);
    if (told != null) {
      told.begun().onBegun(this);
    }
  }

  /// Joins a fan-out group, which keeps the cursor from now on.
  public void join(CursorSource of, int at) {
    group = of;
    slot = at;
    catchUp = null;
  }

  /// Reads by itself from `cursor` on.
  public CatchUp leave(long cursor) {
    group = null;
    CatchUp own = new CatchUp(cursor);
    catchUp = own;
    return own;
  }

  public @Nullable CursorSource group() {
    return group;
  }

  public @Nullable CatchUp catchUp() {
    return catchUp;
  }

  /// Its place in the array of its group, or of the readers that catch up.
  public int slot() {
    return slot;
  }

  public void moveTo(int newSlot) {
    slot = newSlot;
  }

  /// The last sequence got; 0 before it begun.
  public long sequence() {
    if (group != null) {
      return group.cursorOf(slot);
    }
    return catchUp == null ? 0 : catchUp.cursor;
  }

  /// Whether it has got everything that its log has, and been told of everything it misses.
  public boolean isAtEnd() {
    TopicLog of = log;
    CatchUp own = catchUp;
    return of != null
        && sequence() >= of.lastSequence()
        && (own == null || !(own.hasSkip() || own.dropFrom > 0));
  }

  /// Where the reader of a subscription that has begun continues.
  public Cursor begunCursor() {
    return new Cursor(begunLog().epoch(), sequence());
  }

  /// Where the reader continues after a reconnect; null before it begun. A reader that was not told
  /// yet that its log is gone still has the old one's cursor, so that a break now hides no gap.
  public @Nullable Cursor cursor() {
    if (log == null) {
      return null;
    }
    Cursor lost = catchUp == null ? null : catchUp.lost;
    return lost != null ? lost : new Cursor(log.epoch(), sequence());
  }
}
