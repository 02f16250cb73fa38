package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.RequestException;
import io.pushrod.server.dialect.KdcubeEnvelopes;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.surface.route.LatestEvent;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds in a session's events whether a turn is over: by a `conv_status` that says so, or by the
/// end of the turn itself, in KDCube's words or in native ones.
final class TurnEnd {
  private static final EventFilter ENDS =
      EventFilter.parse(List.of("conv_status", "conv.status", "undelivered"));

  private TurnEnd() {}

  /// Finds the state of the conversation after what its turn has published: in memory, or in the
  /// pages of the store that [LatestEvent] reads. In a log of another epoch all events are looked
  /// at.
  ///
  /// **Thread:** the shard that asks, where the answer comes too.
  ///
  /// @param found gets null when the events say nothing
  static void find(
      Shard shard,
      TopicLog log,
      String conversationId,
      Standing turn,
      Consumer<@Nullable String> found) {
    Cursor begun = turn.begun();
    if (begun == null) {
      found.accept(null);
      return;
    }
    LatestEvent.find(
        shard,
        log,
        ENDS,
        begun.epoch() == log.epoch() ? begun.sequence() : 0,
        event -> stateAfter(Node.parse(event), conversationId, turn.turnId()) != null,
        event ->
            found.accept(
                event == null
                    ? null
                    : stateAfter(Node.parse(event), conversationId, turn.turnId())));
  }

  /// The state that one event leads to; null for an event of something else.
  static @Nullable String stateAfter(Node event, String conversationId, String turnId) {
    try {
      String type = event.text("type");
      Node data = event.member("data");
      Node enveloped = data == null ? null : data.member("env");
      Node envelope = enveloped == null ? data : enveloped;
      if (type == null || isRefusal(data) || !concerns(event, envelope, conversationId, turnId)) {
        return null;
      }
      return switch (type) {
        case "conv_status", "conv.status" -> told(envelope);
        case "chat_complete", "chat.complete", "run_end", "cancelled" -> Standing.IDLE;
        case "chat_error", "chat.error", "error", "undelivered" -> Standing.ERROR;
        default -> null;
      };
    } catch (RequestException e) {
      return null;
    }
  }

  /// A message that was refused may have brought the id of the turn that goes on.
  private static boolean isRefusal(@Nullable Node data) {
    Node refused = data == null ? null : data.member(KdcubeEnvelopes.REFUSED);
    return refused != null && refused.isTrue();
  }

  private static @Nullable String told(@Nullable Node envelope) {
    Node data = envelope == null ? null : envelope.member("data");
    String state = data == null ? null : data.text("state");
    return Standing.CREATED.equals(state) ? Standing.IN_PROGRESS : state;
  }

  private static boolean concerns(
      Node event, @Nullable Node envelope, String conversationId, String turnId) {
    Node of = envelope == null ? null : envelope.member("conversation");
    String conversation = of == null ? event.text("thread_id") : of.text("conversation_id");
    String turn = of == null ? event.text("run_id") : of.text("turn_id");
    if (turn != null && !turn.equals(turnId)) {
      return false;
    }
    return conversation == null ? turn != null : conversation.equals(conversationId);
  }
}
