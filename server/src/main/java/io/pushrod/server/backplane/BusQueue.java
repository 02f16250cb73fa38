package io.pushrod.server.backplane;

import io.pushrod.server.backplane.BusFrame.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one server has for another one: at most one frame is under way, and what comes meanwhile
/// goes together in the next.
///
/// **Thread:** the bus's.
final class BusQueue {
  private final String from;
  private final int mostBytes;
  private List<Message> waiting = new ArrayList<>();
  private long waitingBytes;
  private boolean tick;
  private boolean underWay;
  private long number;

  BusQueue(String from, int mostBytes) {
    this.from = from;
    this.mostBytes = mostBytes;
  }

  /// @return false when too much waits: the message is lost, and the next frame's number says so
  boolean add(Message message) {
    if (waitingBytes + message.size() > mostBytes) {
      number++;
      return false;
    }
    waiting.add(message);
    waitingBytes += message.size();
    return true;
  }

  /// Sends a frame even if there is nothing to say.
  void tick() {
    tick = true;
  }

  /// The next frame, which is under way from now on; null when there is none, or one is.
  @Nullable BusFrame next() {
    if (underWay || (waiting.isEmpty() && !tick)) {
      return null;
    }
    underWay = true;
    tick = false;
    BusFrame frame = new BusFrame(from, ++number, waiting);
    waiting = new ArrayList<>();
    waitingBytes = 0;
    return frame;
  }

  /// What was under way has arrived, or never will.
  void done() {
    underWay = false;
  }
}
