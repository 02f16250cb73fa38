package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Who hears of a log: of the events that it has, and of signals, which pass by it.
///
/// **Thread:** the log's owner.
final class LogWatchers {
  private static final LogWatcher[] NONE = {};

  private LogWatcher[] watchers = NONE;

  int count() {
    return watchers.length;
  }

  void add(LogWatcher watcher) {
    watchers = Arrays.copyOf(watchers, watchers.length + 1);
    watchers[watchers.length - 1] = watcher;
  }

  void remove(LogWatcher watcher) {
    List<LogWatcher> rest = new ArrayList<>(Arrays.asList(watchers));
    rest.remove(watcher);
    watchers = rest.toArray(NONE);
  }

  void announce(long nanos) {
    for (LogWatcher watcher : watchers) {
      watcher.onAppended(nanos);
    }
  }

  void signal(Publication event, long nowMillis, LogContext context, EventEncoder.LogParts parts) {
    if (watchers.length == 0) {
      return;
    }
    ByteBuf json = context.allocator().directBuffer(EventEncoder.maxEventBytes(event.length));
    try {
      long timestamp = event.timestampMillis == 0 ? nowMillis : event.timestampMillis;
      context.encoder().signal(parts, event, timestamp, json);
      for (LogWatcher watcher : watchers) {
        watcher.onSignal(event.type, json);
      }
    } finally {
      json.release();
    }
  }
}
