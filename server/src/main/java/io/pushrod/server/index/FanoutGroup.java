package io.pushrod.server.index;

import io.pushrod.server.session.Connection;
import io.pushrod.server.session.CursorSource;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.EventRange;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.session.WriteBatch;
import java.util.Arrays;

/// The caught-up readers of one topic that get the same bytes, written to in one tight loop.
///
/// **Thread:** one shard.
/* All members are at `position`, except during a walk: then those before `walked` have got everything up to `target`.
 * A walk may pause between two members, so that a large group does not starve the loop; readers come and go meanwhile
 * without being served twice or not at all. */
public final class FanoutGroup implements CursorSource {
  /// Who hears of members that leave during a walk.
  public interface Leavers {
    /// The socket pushed back, or had already.
    ///
    /// @param taken how many bytes of the range it took, or [Connection#NOT_NOW]
    /// @param position where the reader was before
    void onPushedBack(Subscription subscription, EventRange range, int taken, long position);
  }

  private final EventFormat format;
  private final EventFilter filter;
  private Subscription[] members = new Subscription[1];

  /// The members' connections in the same slots: all that a write needs to look at.
  private Connection[] connections = new Connection[1];

  private int size;
  private int walked;
  private long position;
  private long target;

  FanoutGroup(EventFormat format, EventFilter filter) {
    this.format = format;
    this.filter = filter;
  }

  public EventFormat format() {
    return format;
  }

  public EventFilter filter() {
    return filter;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  public Subscription member(int i) {
    return members[i];
  }

  /// Where the members are, those apart that a paused walk already served.
  public long position() {
    return position;
  }

  public boolean isWalking() {
    return target != position;
  }

  /// A group whose readers are served on the way, because the filter admits nothing of it.
  public void skipTo(long sequence) {
    position = sequence;
    target = sequence;
  }

  @Override
  public long cursorOf(int slot) {
    return slot < walked ? target : position;
  }

  /// Takes a reader in, if it is where the group is.
  ///
  /// @return whether it was taken
  public boolean join(Subscription subscription, long cursor) {
    if (size == 0) {
      skipTo(cursor);
      walked = 0;
    }
    boolean served = cursor != position;
    if (served && cursor != target) {
      return false;
    }
    if (size == members.length) {
      members = Arrays.copyOf(members, 2 * size);
      connections = Arrays.copyOf(connections, 2 * size);
    }
    int slot = size++;
    if (served) {
      fill(slot, walked);
      slot = walked++;
    }
    members[slot] = subscription;
    connections[slot] = subscription.connection();
    subscription.join(this, slot);
    return true;
  }

  /// Lets a reader go.
  ///
  /// @return the last sequence it got
  public long leave(Subscription subscription) {
    int slot = subscription.slot();
    long cursor = cursorOf(slot);
    if (slot < walked) {
      walked--;
      fill(slot, walked);
      slot = walked;
    }
    size--;
    fill(slot, size);
    clear(size);
    if (size == 0) {
      skipTo(target);
      walked = 0;
    }
    return cursor;
  }

  /// Moves the member of another slot to this one, if they are two.
  private void fill(int slot, int from) {
    if (from != slot) {
      Subscription moved = members[from];
      members[slot] = moved;
      connections[slot] = connections[from];
      moved.moveTo(slot);
    }
  }

  @SuppressWarnings("NullAway") // slots behind the size are empty
  private void clear(int slot) {
    members[slot] = null;
    connections[slot] = null;
  }

  /// Writes `range` to the members, the same range again after a pause, until all have it or
  /// `budget` writes are done.
  ///
  /// @return the unused part of the budget; the walk is paused when [#isWalking()] still holds
  public int walk(EventRange range, int budget, Leavers leavers) {
    target = range.lastSequence();
    int left = budget;
    while (walked < size && left > 0) {
      left--;
      int taken = connections[walked].offer(range);
      if (taken == range.length()) {
        walked++;
      } else {
        Subscription subscription = members[walked];
        long at = leave(subscription);
        leavers.onPushedBack(subscription, range, taken, at);
      }
    }
    if (walked == size) {
      position = target;
      walked = 0;
    }
    return left;
  }

  /// Queues `range` in `batch` for the members, the same range again after a pause, until all are
  /// queued or `budget` are. They count as served; whoever turns out not to be leaves the group
  /// when the batch is settled, which may be in the middle of a walk.
  ///
  /// @return the unused part of the budget; the walk is paused when [#isWalking()] still holds
  public int walk(EventRange range, int budget, WriteBatch batch, Leavers leavers) {
    target = range.lastSequence();
    int left = budget;
    while (walked < size && left > 0) {
      Connection connection = connections[walked];
      if (!batch.hasRoomFor(connection)) {
        batch.settle();
        continue; // it has room now, but another member may stand here
      }
      left--;
      Subscription subscription = members[walked];
      int taken = batch.add(subscription, connection, range);
      if (taken == range.length()) {
        walked++;
      } else {
        long at = leave(subscription);
        leavers.onPushedBack(subscription, range, taken, at);
      }
    }
    if (walked == size) {
      position = target;
      walked = 0;
    }
    return left;
  }
}
