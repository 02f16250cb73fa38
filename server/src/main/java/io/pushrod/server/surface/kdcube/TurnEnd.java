package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.RequestException;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.surface.kdcube.ConversationStore.Standing;
import io.pushrod.server.surface.route.LatestEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds in a session's events whether a turn is over: by a `conv_status` that says so, or by the
/// end of the turn itself, in KDCube's words or in native ones.
final class TurnEnd {
  private static final EventFilter ENDS =
      EventFilter.parse(List.of("conv_status", "conv.status", "undelivered"));

  private TurnEnd() {}

  /// The state of the conversation after what its turn has published; null when that says nothing.
  ///
  /// **Thread:** any.
  static @Nullable String find(TopicLog log, String conversationId, Standing turn) {
    if (turn.begun() == null || turn.begun().epoch() != log.epoch()) {
      return null;
    }
    @Nullable String[] state = new @Nullable String[1];
    var _ =
        LatestEvent.find(
            log,
            ENDS,
            turn.begun().sequence(),
            event -> {
              state[0] = stateAfter(Node.parse(event), conversationId, turn.turnId());
              return state[0] != null;
            });
    return state[0];
  }

  /// The state that one event leads to; null for an event of something else.
  static @Nullable String stateAfter(Node event, String conversationId, String turnId) {
    try {
      String type = event.text("type");
      Node data = event.member("data");
      Node enveloped = data == null ? null : data.member("env");
      Node envelope = enveloped == null ? data : enveloped;
      if (type == null || !concerns(event, envelope, conversationId, turnId)) {
        return null;
      }
      return switch (type) {
        case "conv_status", "conv.status" -> told(envelope);
        case "chat_complete", "chat.complete", "run_end", "cancelled" -> ConversationStore.IDLE;
        case "chat_error", "chat.error", "error", "undelivered" -> ConversationStore.ERROR;
        default -> null;
      };
    } catch (RequestException e) {
      return null;
    }
  }

  private static @Nullable String told(@Nullable Node envelope) {
    Node data = envelope == null ? null : envelope.member("data");
    String state = data == null ? null : data.text("state");
    return ConversationStore.CREATED.equals(state) ? ConversationStore.IN_PROGRESS : state;
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
