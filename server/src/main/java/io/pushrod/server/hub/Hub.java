package io.pushrod.server.hub;

import io.netty.channel.EventLoop;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.presence.ClusterPresence;
import io.pushrod.server.presence.PresenceChange;
import io.pushrod.server.session.Identity;
import io.pushrod.server.storage.RecordPage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// All shards, and which of them owns a topic.
///
/// **Thread:** any; immutable once [#start] and [#tell] were called.
public final class Hub {
  private Shard[] shards = {};
  private final MemoryBudget memory;
  private final TopicQuota topics;
  private final Storage storage;
  private volatile TopicInterest interest = TopicInterest.NONE;
  private volatile @Nullable ClusterPresence presence;
  private volatile long degradedSinceMillis;

  /// A hub without bounds over all shards.
  public Hub() {
    this(MemoryBudget.unbounded(), new TopicQuota(0), Storage.NONE);
  }

  /// A hub whose logs are in memory alone.
  public Hub(MemoryBudget memory, TopicQuota topics) {
    this(memory, topics, Storage.NONE);
  }

  public Hub(MemoryBudget memory, TopicQuota topics, Storage storage) {
    this.storage = storage;
    this.memory = memory;
    this.topics = topics;
  }

  public MemoryBudget memory() {
    return memory;
  }

  /// Where the logs outlive the process.
  public Storage storage() {
    return storage;
  }

  TopicQuota topics() {
    return topics;
  }

  /// Tells the hub its shards, once, before anything else.
  public void start(List<Shard> all) {
    shards = all.toArray(Shard[]::new);
  }

  /// Tells `listener` from now on which topics have readers. To be called before anybody connects.
  public void tell(TopicInterest listener) {
    interest = listener;
  }

  /// Counts who is on topics over all servers. To be called before anybody connects.
  public void tell(ClusterPresence cluster) {
    presence = cluster;
  }

  /// Null for a server alone.
  @Nullable ClusterPresence presence() {
    return presence;
  }

  /// Says to those who read a topic what became of a user there.
  public void announce(TopicKey topic, PresenceChange change, PresentUser who) {
    owner(topic).presence().announce(topic, change, who);
  }

  TopicInterest interest() {
    return interest;
  }

  /// The shard whose log of this topic gives the sequences.
  public Shard owner(TopicKey key) {
    Shard[] all = shards;
    return all[Math.floorMod(key.hashCode() * 0x9E3779B9, all.length)];
  }

  /// Retention dropped the oldest of what the disk has.
  public void trimmed(TopicKey key, RecordPage page) {
    owner(key).trimmed(key, page);
  }

  /// The shard at which a tenant's runs and inboxes live.
  public Shard desk(String tenant) {
    return owner(new TopicKey(tenant, ""));
  }

  Shard shard(int index) {
    return shards[index];
  }

  int size() {
    return shards.length;
  }

  /// The shard of an event loop.
  public Shard of(EventLoop loop) {
    for (Shard shard : shards) {
      if (shard.loop() == loop) {
        return shard;
      }
    }
    throw new IllegalArgumentException("loop: unknown (expected: one of the shards')");
  }

  /// Closes every connection that lives on such an identity.
  ///
  /// @param whose asked on the shards, at the same time
  /// @return how many were closed, once all shards have looked
  public CompletableFuture<Integer> closeBearers(Predicate<Identity> whose, CloseReason reason) {
    CompletableFuture<Integer> closed = CompletableFuture.completedFuture(0);
    for (Shard shard : shards) {
      closed = closed.thenCombine(BearerSweep.begin(shard, whose, reason), Integer::sum);
    }
    return closed;
  }

  /// Holds what connections were told against how the store is, and tells every one when that has
  /// changed. Who comes later asks [#degradedSinceMillis]. **Thread:** one of the shards, always
  /// the same.
  void look(long nowMillis) {
    boolean isOut = storage.isOut();
    if (isOut == (degradedSinceMillis != 0)) {
      return;
    }
    long sinceMillis = isOut ? nowMillis : 0;
    degradedSinceMillis = sinceMillis;
    for (Shard shard : shards) {
      DegradedSweep.begin(shard, sinceMillis);
    }
  }

  /// Since when nothing can be stored, since the epoch; 0 while it can.
  long degradedSinceMillis() {
    return degradedSinceMillis;
  }

  public List<Shard> shards() {
    return List.of(shards);
  }
}
