package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryPart;
import java.util.ArrayList;
import java.util.List;

/// The lifecycle events of a log's trimmed part, kept in a reserve of their own so that trimming
/// never loses them.
///
/// **Thread:** the log's owner adds; any thread reads the published list. The oldest go when the
/// reserve is full.
final class LifecycleShelf {
  private final int limitBytes;
  private final MemoryAccount account;
  private int bytes;
  private volatile List<ShelvedEvent> events = List.of();

  LifecycleShelf(int limitBytes, MemoryAccount account) {
    this.account = account;
    this.limitBytes = limitBytes;
  }

  /// Those with `after < sequence < before`, in order. **Thread:** any.
  List<ShelvedEvent> between(long after, long before) {
    List<ShelvedEvent> all = events;
    return all.isEmpty()
        ? all
        : all.stream().filter(e -> e.sequence() > after && e.sequence() < before).toList();
  }

  void add(Segment segment, int index) {
    int length = segment.endOf(index) - segment.start(index);
    if (length > limitBytes) {
      return;
    }
    byte[] frame = new byte[length];
    ByteBuf source = segment.bytes();
    source.getBytes(segment.start(index), frame);
    List<ShelvedEvent> next = new ArrayList<>(events);
    next.add(new ShelvedEvent(segment.firstSequence() + index, segment.type(index), frame));
    int before = bytes;
    bytes += length;
    while (bytes > limitBytes) {
      bytes -= next.removeFirst().length();
    }
    events = List.copyOf(next);
    account.add(MemoryPart.SHELVES, bytes - before);
  }

  /// Keeps these instead.
  void replace(List<ShelvedEvent> all) {
    int before = bytes;
    bytes = all.stream().mapToInt(ShelvedEvent::length).sum();
    events = List.copyOf(all);
    account.add(MemoryPart.SHELVES, bytes - before);
  }

  void close() {
    account.add(MemoryPart.SHELVES, -bytes);
    bytes = 0;
    events = List.of();
  }
}
