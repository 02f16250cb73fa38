package io.pushrod.server.session;

import io.netty.channel.unix.Socket;
import io.pushrod.server.net.ring.Kernel;
import io.pushrod.server.net.ring.SendRing;
import java.util.Arrays;

/// Shared bytes for many connections of one shard, which leave by one system call.
///
/// What is added counts as written at once; settling tells of the exceptions. Until then the bytes
/// stay where they are, and a connection does nothing else: [Connection] settles before it sends or
/// closes, and the shard at the end of its turn.
///
/// **Thread:** its shard.
public final class WriteBatch implements AutoCloseable {
  /// Hears what became of a batch.
  public interface Outcomes {
    /// The socket did not take all, and pushes back.
    ///
    /// @param taken how many bytes of the range it took
    void onShort(Subscription reader, EventRange range, int taken);

    /// Our own bug, for which one connection was cut.
    void onFailed(RuntimeException e);

    /// All is written, and all exceptions are told: nothing refers to the bytes any more.
    ///
    /// @param writes how many sockets took all; `bytes` and `events` are theirs
    /// @param fallbacks how many of all the ring did not take
    void onSettled(int writes, long bytes, long events, int fallbacks);
  }

  private final SendRing ring;
  private final Outcomes outcomes;
  private final Subscription[] readers = new Subscription[SendRing.ENTRIES];
  private final EventRange[] ranges = new EventRange[SendRing.ENTRIES];
  private final SendRing.Unsent unsent = this::onUnsent;
  private int number = 1;
  private int writes;
  private long bytes;
  private long events;
  private int fallbacks;
  private boolean settling;

  public WriteBatch(SendRing ring, Outcomes outcomes) {
    this.ring = ring;
    this.outcomes = outcomes;
  }

  /// The number of the batch that is being filled; never 0.
  public int number() {
    return number;
  }

  public boolean isEmpty() {
    return ring.size() == 0;
  }

  /// Whether its exceptions are being told now.
  public boolean isSettling() {
    return settling;
  }

  /// Whether the ring failed, so that the next batch should go another way.
  public boolean isBroken() {
    return ring.isBroken();
  }

  /// Whether a write to this connection has a place here: not when the batch is full, nor when it
  /// has one already.
  public boolean hasRoomFor(Connection connection) {
    return !ring.isFull() && !connection.isIn(number);
  }

  /// Adds a write of `range`, which has to stay until it is settled, to a connection that has room
  /// here. One that has no socket below Netty is written to at once.
  ///
  /// @return as [Connection#offer] does; bytes that are queued count as taken
  public int add(Subscription reader, Connection connection, EventRange range) {
    Socket socket = connection.socketIfAny();
    if (socket == null) {
      int taken = connection.offer(range);
      if (taken == range.length()) {
        count(range, 1);
      }
      return taken;
    }
    if (!connection.isFree()) {
      return Connection.NOT_NOW;
    }
    // A closed descriptor's number may be another client's already, before we hear of the end.
    if (!socket.isOpen()) {
      connection.broken();
    } else {
      int entry = ring.size();
      readers[entry] = reader;
      ranges[entry] = range;
      ring.add(socket.intValue(), range.address(), range.length());
      connection.joined(number);
    }
    count(range, 1);
    return range.length();
  }

  private void count(EventRange range, int sign) {
    writes += sign;
    bytes += (long) sign * range.length();
    events += (long) sign * range.events();
  }

  /// Makes the writes; does nothing while their exceptions are told.
  public void settle() {
    int entries = ring.size();
    if (settling || (entries == 0 && writes == 0)) {
      return;
    }
    settling = true;
    number = number == -1 ? 1 : number + 1;
    try {
      if (entries > 0) {
        ring.submit(unsent);
      }
    } finally {
      Arrays.fill(readers, 0, entries, null);
      Arrays.fill(ranges, 0, entries, null);
      int settledWrites = writes;
      long settledBytes = bytes;
      long settledEvents = events;
      int settledFallbacks = fallbacks;
      writes = 0;
      bytes = 0;
      events = 0;
      fallbacks = 0;
      settling = false;
      outcomes.onSettled(settledWrites, settledBytes, settledEvents, settledFallbacks);
    }
  }

  private void onUnsent(int entry, int result) {
    Subscription reader = readers[entry];
    try {
      onUnsent(reader, ranges[entry], result);
    } catch (RuntimeException e) {
      reader.connection().broken();
      outcomes.onFailed(e);
    }
  }

  private void onUnsent(Subscription reader, EventRange range, int result) {
    int taken =
        switch (result) {
          case SendRing.NOT_SUBMITTED -> fallBack(reader.connection(), range);
          case -Kernel.EAGAIN, -Kernel.EINTR -> 0;
          default -> result;
        };
    if (taken < 0) {
      reader.connection().broken();
    } else if (taken < range.length()) {
      count(range, -1);
      outcomes.onShort(reader, range, taken);
    }
  }

  private int fallBack(Connection connection, EventRange range) {
    fallbacks++;
    return connection.offer(range);
  }

  /// Gives the ring back; what is not settled is not written.
  @Override
  public void close() {
    ring.close();
  }
}
