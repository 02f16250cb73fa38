package io.pushrod.server.surface.ciris;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.dialect.CirisFrames;
import io.pushrod.server.dialect.CirisRequest;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A WebSocket on the streams that its client names: first within a time, then whenever it likes.
///
/// A stream is denied when it is none, or when the user may not read it, so that the one looks like
/// the other. Names of frames that are no events are granted, and nothing comes of it.
///
/// **Thread:** the connection's shard.
final class ChosenStreams extends CirisStream {
  private static final Set<String> OTHER_FRAMES =
      Set.of("heartbeat", "error", "auth", "subscribe", "unsubscribe");

  private final long firstNanos;
  private final Set<String> active = new LinkedHashSet<>();
  private boolean begun;

  /// @param firstNanos in which the first request must come
  ChosenStreams(Line line, long firstNanos) {
    super(line);
    this.firstNanos = firstNanos;
  }

  @Override
  public void onOpen() {
    greet();
    line.wake(firstNanos);
  }

  @Override
  public void onDue() {
    if (!begun) {
      refuse();
    }
  }

  @Override
  void onRequest(CirisRequest request) {
    if (!begun && !request.verb().equals("subscribe")) {
      refuse();
      return;
    }
    switch (request.verb()) {
      case "subscribe" -> subscribe(request);
      case "unsubscribe" -> unsubscribe(request);
      default -> {}
    }
  }

  private void refuse() {
    String message = "First message must be subscription request";
    line.close(
        CloseReason.POLICY,
        Farewell.of(CirisFrames.error(message), CloseReason.NORMAL.code(), message));
  }

  private void subscribe(CirisRequest request) {
    boolean first = !begun;
    begun = true;
    line.wake(0);
    List<String> granted = new ArrayList<>();
    List<String> denied = new ArrayList<>();
    for (String name : request.names()) {
      Row.Topic topic = line.row().topic(name);
      boolean may = topic == null ? OTHER_FRAMES.contains(name) : line.mayRead(topic);
      (may ? granted : denied).add(name);
    }
    active.addAll(granted);
    line.say(
        "subscribe",
        first
            ? CirisFrames.subscribed(line.millis(), granted, denied)
            : CirisFrames.added(line.millis(), granted, active, denied));
    // Behind the answer, so that no event comes before it.
    for (String name : granted) {
      Row.Topic topic = line.row().topic(name);
      if (topic != null) {
        var _ = read(topic);
      }
    }
  }

  private void unsubscribe(CirisRequest request) {
    List<String> removed = new ArrayList<>();
    for (String name : request.names()) {
      Row.Topic topic = line.row().topic(name);
      if (topic != null) {
        leave(topic);
      }
      if (topic != null || OTHER_FRAMES.contains(name)) {
        active.remove(name);
        removed.add(name);
      }
    }
    line.say("unsubscribe", CirisFrames.removed(line.millis(), removed));
  }

  /// It was taken away; the others go on.
  @Override
  public boolean onRefused(String topic) {
    for (Row.Topic each : line.row().topics()) {
      if (topic.equals(line.expand(each.template()))) {
        active.remove(each.name());
      }
    }
    return true;
  }
}
