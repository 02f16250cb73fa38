package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.log.EventType;

/// The turns of a shard: each appends what came in, then writes what is new, then lets those that
/// lag catch up.
///
/// **Thread:** the shard.
final class Turns {
  /// Commands and announcements taken in one turn, so that sockets are read in between.
  private static final int COMMANDS_PER_TURN = 1024;

  private final Shard shard;
  private final Inbox inbox;
  private final OwnedTopics owned;
  private final Delivery delivery;
  private final Publishing publishing;

  Turns(Shard shard, Inbox inbox, OwnedTopics owned, Delivery delivery, Publishing publishing) {
    this.shard = shard;
    this.inbox = inbox;
    this.owned = owned;
    this.delivery = delivery;
    this.publishing = publishing;
  }

  void turn() {
    inbox.onTurn();
    try {
      runCommands();
      completeBatches();
      passTopics();
      delivery.proceed();
    } catch (RuntimeException e) {
      shard.failed(e);
    }
    settle();
    if (inbox.hasWork() || delivery.hasWork()) {
      inbox.wake();
    }
  }

  private void runCommands() {
    for (int i = 0; i < COMMANDS_PER_TURN; i++) {
      ShardCommand command = inbox.pollCommand();
      if (command == null) {
        return;
      }
      runAlone(command);
    }
  }

  private void completeBatches() {
    for (Batch batch = inbox.pollCompleted(); batch != null; batch = inbox.pollCompleted()) {
      publishing.complete(batch);
    }
  }

  private void passTopics() {
    for (int i = 0; i < COMMANDS_PER_TURN; i++) {
      ShardTopic topic = inbox.pollAnnounced();
      if (topic == null) {
        return;
      }
      passAlone(topic);
    }
  }

  /// A command that fails fails alone: what waits behind it has its turn.
  private void runAlone(ShardCommand command) {
    try {
      run(command);
    } catch (RuntimeException e) {
      shard.failed(e);
    }
  }

  private void passAlone(ShardTopic topic) {
    try {
      delivery.pass(topic);
    } catch (RuntimeException e) {
      shard.failed(e);
      settle(); // what the pass had queued refers to its range
    }
  }

  /// Nothing is queued when the loop goes on to sockets and deadlines.
  private void settle() {
    try {
      delivery.settle();
    } catch (RuntimeException e) {
      shard.failed(e);
    }
    shard.dropBrokenRing();
  }

  /// Takes what other shards have put in so far. A producer that came here from another shard must
  /// not overtake what it published there.
  void catchUp() {
    for (int left = inbox.commands(); left > 0; left--) {
      ShardCommand command = inbox.pollCommand();
      if (command == null) {
        return;
      }
      run(command);
    }
  }

  private void run(ShardCommand command) {
    switch (command) {
      case ShardCommand.Publish(Batch batch, Shard origin) -> {
        owned.append(batch, origin);
      }
      case ShardCommand.Signal(ShardTopic topic, EventType type, ByteBuf json) -> {
        delivery.signal(topic, type, json);
        json.release();
      }
    }
  }
}
