package io.pushrod.server.surface.socketio;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.NativeConnection;
import java.util.List;

/// One client in one namespace, as its app acts on it.
///
/// **Thread:** its shard, except [#execute].
public interface SocketIoSocket {
  /// The id that the client knows it by; the same after a recovery.
  String sid();

  String namespace();

  /// Who is behind it.
  Identity who();

  Shard shard();

  /// What commands of the native dialect are executed on.
  NativeConnection connection();

  boolean isClosed();

  /// Runs a task on its shard. **Thread:** any.
  void execute(Runnable task);

  /// Sends an event, now or when there is room. A socket without room for it is a slow consumer and
  /// is closed.
  ///
  /// @param args JSON texts, with a placeholder for each attachment
  /// @param attachments borrowed
  void emit(String name, List<String> args, List<ByteBuf> attachments);

  /// @param args JSON texts
  default void emit(String name, String... args) {
    emit(name, List.of(args), List.of());
  }

  /// Begins to deliver the events of a topic of its tenant. Whether it may read that topic is the
  /// caller's to know, unless the topic exists for declared readers only.
  ///
  /// @return the subscription, which the socket has already
  /// @throws io.pushrod.codec.RequestException `ALREADY_SUBSCRIBED` or `TOO_MANY_SUBSCRIPTIONS`
  Subscription subscribe(
      String topic,
      StartPoint start,
      EventFilter filter,
      OverflowPolicy policy,
      SocketIoRenderer renderer,
      Subscription.Begun begun);

  /// Ends a subscription.
  ///
  /// @return whether there was one
  boolean unsubscribe(String topic);

  /// Ends the socket. For a reason that says to come back the whole session ends, and its client
  /// reconnects by itself; for any other only this socket does.
  void disconnect(CloseReason reason);
}
