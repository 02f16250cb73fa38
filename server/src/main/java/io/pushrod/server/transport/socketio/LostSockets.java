package io.pushrod.server.transport.socketio;

import io.pushrod.server.session.Identity;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The sockets that may be recovered: those that were lost a short while ago, and those that live
/// still, as a client may come back before we hear that it went.
///
/// **Thread:** any; a lock is held for the few instructions of one call.
final class LostSockets {
  private final int limit;
  private final Map<String, LostSocket> lost = new LinkedHashMap<>();
  private final Map<String, SocketConnection> live = new ConcurrentHashMap<>();

  LostSockets(int limit) {
    this.limit = limit;
  }

  void lives(String pid, SocketConnection socket) {
    live.put(pid, socket);
  }

  /// Who has this `pid` now; null for nobody.
  @Nullable SocketConnection living(String pid) {
    return live.get(pid);
  }

  /// A socket is gone and may not be recovered.
  void gone(String pid, SocketConnection socket) {
    live.remove(pid, socket);
  }

  /// Keeps a socket that is gone. The oldest gives way to it.
  ///
  /// @return whether one that had time left gave way
  boolean keep(LostSocket socket, long nowMillis) {
    synchronized (lost) {
      dropExpired(nowMillis);
      boolean full = lost.size() >= limit;
      if (full && limit > 0) {
        Iterator<LostSocket> oldest = lost.values().iterator();
        oldest.next();
        oldest.remove();
      }
      if (limit > 0) {
        lost.put(socket.pid(), socket);
      }
      return full;
    }
  }

  /// All are kept for the same time, so the oldest expire first.
  private void dropExpired(long nowMillis) {
    Iterator<LostSocket> each = lost.values().iterator();
    while (each.hasNext() && each.next().expiresMillis() <= nowMillis) {
      each.remove();
    }
  }

  /// Takes back a lost socket of this namespace and user; null when it is not kept, or not any
  /// more.
  @Nullable LostSocket take(String pid, String namespace, Identity who, long nowMillis) {
    synchronized (lost) {
      dropExpired(nowMillis);
      LostSocket found = lost.get(pid);
      return found != null && found.isOf(namespace, who) ? lost.remove(pid) : null;
    }
  }
}
