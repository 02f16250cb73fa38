package io.pushrod.server.index;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.LogWatcher;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A topic as one shard sees it: the log, once its owner has answered, and the readers that live
/// here.
///
/// **Thread:** the shard, except [#onAppended] and [#onSignal], which the log's owner calls.
public final class ShardTopic implements LogWatcher {
  /// Carries announcements from the log's owner to the shard. **Thread:** the owner.
  public interface Announcements {
    void announce(ShardTopic topic);

    void signal(ShardTopic topic, EventType type, ByteBuf json);

    void replace(ShardTopic topic, TopicLog by);
  }

  private final TopicKey key;
  private final Announcements announcements;
  private final AtomicBoolean announced = new AtomicBoolean();
  private volatile long announcedNanos;
  private @Nullable TopicLog log;
  private @Nullable Readers readers;
  private boolean attaching;
  private final List<FanoutGroup> groups = new ArrayList<>(1);
  private final List<Subscription> pending = new ArrayList<>(1);
  private final List<Subscription> catchingUp = new ArrayList<>(1);

  ShardTopic(TopicKey key, Announcements announcements) {
    this.key = key;
    this.announcements = announcements;
  }

  public TopicKey key() {
    return key;
  }

  @Override
  public void onAppended(long nanos) {
    if (!announced.get() && announced.compareAndSet(false, true)) {
      announcedNanos = nanos;
      announcements.announce(this);
    }
  }

  @Override
  public void onSignal(EventType type, ByteBuf json) {
    announcements.signal(this, type, json);
  }

  @Override
  public void onReplaced(TopicLog by) {
    announcements.replace(this, by);
  }

  /// Accepts the announcement: what is appended from now on is announced anew.
  ///
  /// @return when the first of the announced events was appended, in nanoseconds of the owner's
  ///   clock
  public long heed() {
    long nanos = announcedNanos;
    announced.set(false);
    return nanos;
  }

  public @Nullable TopicLog log() {
    return log;
  }

  /// Whether the log is to be asked for: true once.
  public boolean beginAttach() {
    boolean first = !attaching;
    attaching = true;
    return first;
  }

  public void attach(TopicLog attached) {
    readers = attached.readers();
    log = attached;
  }

  /// Whether the log's readers are still those that the subscriptions here were held against. To be
  /// asked after reading from the log and before delivering what was read.
  @SuppressWarnings(
      "ReferenceEquality") // a change is another object, and this is asked at every pass
  public boolean isCurrent(TopicLog attached) {
    return attached.readers() == readers;
  }

  /// Takes note of the log's readers, against which the caller holds the subscriptions here.
  public void recheck(TopicLog attached) {
    readers = attached.readers();
  }

  /// A copy of the subscriptions that have begun.
  public List<Subscription> begun() {
    List<Subscription> begun = new ArrayList<>(catchingUp);
    for (FanoutGroup group : groups) {
      for (int i = 0; i < group.size(); i++) {
        begun.add(group.member(i));
      }
    }
    return begun;
  }

  /// Readers that wait for the log.
  public List<Subscription> pending() {
    return pending;
  }

  public List<FanoutGroup> groups() {
    return groups;
  }

  /// Readers beside the groups.
  public List<Subscription> catchingUp() {
    return catchingUp;
  }

  public void addCatchingUp(Subscription subscription) {
    subscription.moveTo(catchingUp.size());
    catchingUp.add(subscription);
  }

  public void removeCatchingUp(Subscription subscription) {
    removeCatchingUp(subscription.slot());
  }

  /// Takes the reader at `slot` out, whose slot may already be one elsewhere.
  public void removeCatchingUp(int slot) {
    Subscription last = catchingUp.removeLast();
    if (slot < catchingUp.size()) {
      catchingUp.set(slot, last);
      last.moveTo(slot);
    }
  }

  /// The group for this format and filter, made when there is none.
  public FanoutGroup group(EventFormat format, EventFilter filter) {
    for (int i = 0; i < groups.size(); i++) {
      FanoutGroup group = groups.get(i);
      if (group.format() == format && group.filter().equals(filter)) {
        return group;
      }
    }
    FanoutGroup group = new FanoutGroup(format, filter);
    groups.add(group);
    return group;
  }

  public void dropEmptyGroups() {
    for (int i = groups.size() - 1; i >= 0; i--) {
      if (groups.get(i).isEmpty()) {
        groups.remove(i);
      }
    }
  }

  /// How many subscriptions there are here, begun or not.
  public int readers() {
    int readers = pending.size() + catchingUp.size();
    for (FanoutGroup group : groups) {
      readers += group.size();
    }
    return readers;
  }

  public boolean hasReaders() {
    if (!pending.isEmpty() || !catchingUp.isEmpty()) {
      return true;
    }
    for (int i = 0; i < groups.size(); i++) {
      if (!groups.get(i).isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
