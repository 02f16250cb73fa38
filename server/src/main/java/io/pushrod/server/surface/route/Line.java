package io.pushrod.server.surface.route;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A connection of a surface, as its conversation acts on it.
///
/// **Thread:** the connection's shard; all callbacks come there too. A line whose connection has
/// ended does nothing.
public interface Line {
  Row row();

  /// The connection's name in logs; random.
  String id();

  /// The time, in milliseconds since the epoch.
  long millis();

  /// Who is at the other end; null before [#identify].
  @Nullable Identity identity();

  /// Makes known who it is. Topics of the row that are read and that this one may not read are
  /// taken away first: [Conversation#onRefused] follows.
  ///
  /// @return false when its user has no connection left; it is being closed
  boolean identify(Identity who);

  /// What a topic's template stands for on this connection; null when a parameter is missing or
  /// cannot stand in a name.
  @Nullable String expand(TopicTemplate template);

  /// Whether the user may read a topic of the row, by role or by grant.
  boolean mayRead(Row.Topic topic);

  /// Says a frame: one message of a WebSocket, one event of an SSE stream.
  ///
  /// @param name of the event, where a transport names them
  /// @param json one line
  void say(String name, String json);

  /// The same with an id to resume from, where a transport has one.
  void say(String name, @Nullable String id, String json);

  /// Begins to read a topic; [Conversation#onBegun] or [Conversation#onRefused] follows. One that
  /// is read already, or was ended by then, is left as it is.
  void read(String topic, StartPoint start);

  /// Ends that.
  ///
  /// @return whether it was read
  boolean leave(String topic);

  /// Finds the latest event of a topic that a filter admits.
  ///
  /// @param found gets its native JSON, or null when there is none
  void latest(String topic, EventFilter filter, Consumer<@Nullable String> found);

  /// The same among the last events of the topic alone, and by their native JSON too.
  ///
  /// @param among how many events of the topic are looked at
  void latest(
      String topic,
      EventFilter filter,
      int among,
      Predicate<String> wanted,
      Consumer<@Nullable String> found);

  /// Publishes as the connection's user: grants, quotas, kill switches and schemas hold.
  ///
  /// @param request the JSON that `POST /v1/publish` takes: `topic`, `type`, `data`, ids
  /// @param answer gets where it stands, or why it was refused
  void publish(String request, Answer answer);

  /// Where an event was put, or why not.
  interface Answer {
    /// @param cursor with sequence 0 for a signal, which is stored nowhere
    void published(Cursor cursor);

    void refused(ErrorCode code, String message);
  }

  /// Takes one of the places that the row has for the topic; it is given back at the end.
  ///
  /// @return false when all are taken
  boolean takePlace(String topic);

  /// Has [Conversation#onDue] called after that time, instead of what was set before.
  ///
  /// @param nanos 0 to set nothing
  void wake(long nanos);

  /// Ends the connection.
  ///
  /// @param reason for logs, metrics and transports without codes
  void close(CloseReason reason, Farewell farewell);

  /// Ends the connection well once everything said and read has been taken.
  void finish();
}
