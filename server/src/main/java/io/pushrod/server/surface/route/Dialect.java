package io.pushrod.server.surface.route;

import io.pushrod.codec.RequestException;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.socketio.SocketIoApp;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The language of one system, for the rows that name it: what rows cannot say.
///
/// **Thread:** any; immutable, apart from what its renderers and conversations hold.
public interface Dialect {
  /// What rows call it.
  String name();

  /// Checks a row's options, operation and topics, once, at the start.
  ///
  /// @throws IllegalArgumentException in the form `key: value (expected: …)`
  default void check(Row row) {}

  /// Whether a row is served at all, as other settings may switch its operation off.
  default boolean serves(Row row) {
    return true;
  }

  /// Who opens a stream. By default whoever brings a token that holds; or, where the row says whose
  /// they are, nobody in particular.
  ///
  /// @return null for one who says it later; a conversation then calls [Line#identify] within the
  ///   handshake's time
  /// @throws RequestException for who is not let in
  default @Nullable Identity identify(Row row, Exchange exchange, Doorkeeper door) {
    return door.require(row, exchange);
  }

  /// Lets in who opens a stream, now or later from the exchange's loop: by default whom [#identify]
  /// finds. A dialect that has more to look at before a stream begins, as its clients see statuses,
  /// does that here; it may answer the exchange itself instead of opening.
  ///
  /// @param open opens the stream; called at most once
  /// @throws RequestException for who is not let in
  default void admit(
      Row row,
      Exchange exchange,
      SurfaceServices services,
      Consumer<? super @Nullable Identity> open) {
    open.accept(identify(row, exchange, services.door()));
  }

  /// Which events of the row's snapshot topic are its snapshot.
  default EventFilter snapshotOf(Row row) {
    return EventFilter.ALL;
  }

  /// What rows share that are rendered alike: equal for those whose renderers render the same. By
  /// default each row is rendered for itself.
  default Object vocabulary(Row row) {
    return row;
  }

  /// Renders events for the readers of a vocabulary on one shard, who share what is rendered.
  EventRenderer renderer(Row row);

  /// Begins a conversation with who opened a stream.
  ///
  /// @param exchange the request; not to be kept
  Conversation converse(Line line, Exchange exchange);

  /// What a refused client is told before its connection ends. A WebSocket is opened first for
  /// that, as browsers see nothing of one that was not.
  Farewell refusal(Row row, RequestException why);

  /// Whether a refusal is answered by its status, even where the transport would rather open a
  /// stream to tell it: for clients that read the status and come back by themselves.
  default boolean answers(RequestException why) {
    return false;
  }

  /// Answers a request that is refused before a stream begins, or instead of an operation.
  default void refuse(Row row, Exchange exchange, RequestException why) {
    exchange.respondError(why);
  }

  /// What serves the namespace of a `socketio` row.
  ///
  /// @throws IllegalArgumentException where the dialect has none
  default SocketIoApp app(Row row, SurfaceServices services) {
    throw new IllegalArgumentException(
        "transport: socketio (expected: another; " + name() + " has no namespaces)");
  }

  /// The endpoint of an `http` row, by the row's operation.
  ///
  /// @throws IllegalArgumentException for an operation that is none
  default Endpoint endpoint(Row row, SurfaceServices services) {
    throw new IllegalArgumentException(
        "operation: "
            + row.config().operation()
            + " (expected: none; "
            + name()
            + " has no requests)");
  }
}
