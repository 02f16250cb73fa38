package io.pushrod.server.relay;

import io.pushrod.server.metrics.Counter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/// Reads the streams of one row's runs, and joins them to their channels.
///
/// **Thread:** the relay's.
final class HistoryReader {
  /// Entries asked for at once.
  private static final int PAGE = 64;

  /// Streams that are read at once: with the page and the largest event the bound of what a row
  /// holds of its streams.
  private static final int READS = 4;

  /// Until what was published has been stored as well.
  private static final long STORED_MILLIS = 250;

  /// Until a row whose queue is full is tried again.
  private static final long ROOM_MILLIS = 20;

  private final Relay relay;
  private final Inflow inflow;
  private final Deque<Watched> due = new ArrayDeque<>();
  private int reads;
  private boolean isWaiting;
  private boolean isLookDue;

  /// Of the bytes that wait, those behind holes.
  private long held;

  HistoryReader(Relay relay, Inflow inflow) {
    this.relay = relay;
    this.inflow = inflow;
  }

  /// The channel of a topic is subscribed now: what was before is read, and once more what was
  /// published before and stored behind that.
  void join(Watched watched) {
    if (watched.run != null) {
      want(watched);
      relay.schedule(() -> want(watched), 2 * STORED_MILLIS);
    }
  }

  /// Messages of the row were dropped: what was in them is read, once it is stored.
  void onDropped(Collection<Watched> all) {
    if (!isLookDue) {
      isLookDue = true;
      relay.schedule(
          () -> {
            isLookDue = false;
            all.forEach(this::lookAgain);
          },
          STORED_MILLIS);
    }
  }

  /// Reads what the channel may have failed to bring.
  void lookAgain(Watched watched) {
    if (watched.run != null && watched.subscribed) {
      want(watched);
    }
  }

  void onLive(Watched watched, RelayedRun run, Relayed event) {
    long before = run.waitingBytes();
    RelayedRun.Step step = run.onLive(event);
    if (step == null) {
      relay.metrics().count(Counter.RELAY_KNOWN);
    } else {
      follow(watched, run, step, before);
    }
  }

  private void follow(Watched watched, RelayedRun run, RelayedRun.Step step, long before) {
    hold(run.waitingBytes() - before);
    relay.metrics().count(Counter.RELAY_HOLES, step.holes());
    relay.metrics().count(Counter.RELAY_ENDED, step.late());
    for (Relayed event : step.next()) {
      relay.publish(watched, event);
    }
    if (step.wantsStream() && !watched.reading) {
      watched.reading = true;
      relay.schedule(() -> enqueue(watched), STORED_MILLIS);
    }
  }

  /// What waits behind a hole waits for its stream, so it must not keep that from being read.
  private void hold(long bytes) {
    held += bytes;
    inflow.take(bytes);
  }

  /// Nobody reads the topic any more.
  void letGo(Watched watched) {
    if (watched.run != null) {
      hold(-watched.run.waitingBytes());
    }
  }

  private void want(Watched watched) {
    if (watched.run == null || watched.run.isOver()) {
      return;
    }
    if (watched.reading) {
      watched.again = true;
    } else {
      watched.reading = true;
      enqueue(watched);
    }
  }

  private void enqueue(Watched watched) {
    due.add(watched);
    readNext();
  }

  private void readNext() {
    while (reads < READS && !due.isEmpty()) {
      if (!inflow.hasRoomBeside(held)) {
        waitForRoom();
        return;
      }
      Watched watched = due.removeFirst();
      RedisLink link = relay.link();
      if (link == null || !relay.isWanted(watched)) {
        watched.reading = false;
      } else {
        read(watched, link);
      }
    }
  }

  private void waitForRoom() {
    if (!isWaiting) {
      isWaiting = true;
      relay.schedule(
          () -> {
            isWaiting = false;
            readNext();
          },
          ROOM_MILLIS);
    }
  }

  private void read(Watched watched, RedisLink link) {
    String key = watched.history;
    if (key == null) {
      return;
    }
    reads++;
    link.read(key, watched.readTo, PAGE)
        .whenComplete(
            (entries, failure) ->
                relay.execute(
                    () -> {
                      reads--;
                      watched.reading = false;
                      if (failure == null && link == relay.link() && relay.isWanted(watched)) {
                        onRead(watched, entries);
                      }
                      readNext();
                    }));
  }

  private void onRead(Watched watched, List<RedisLink.Entry> entries) {
    RelayedRun run = watched.run;
    if (run == null) {
      return;
    }
    List<Relayed> events = new ArrayList<>();
    for (RedisLink.Entry entry : entries) {
      relay.metrics().count(Counter.RELAY_MESSAGES);
      Relayed event = relay.read(watched, entry.message());
      if (event != null) {
        events.add(event.fromStream());
      }
      watched.readTo = entry.id();
    }
    boolean complete = entries.size() < PAGE;
    watched.reading = !complete; // what is missing may be further on
    long before = run.waitingBytes();
    follow(watched, run, run.onRead(events, complete), before);
    if (!complete) {
      watched.reading = false;
      want(watched);
    } else if (watched.again && !watched.reading) {
      watched.again = false;
      want(watched);
    }
  }
}
