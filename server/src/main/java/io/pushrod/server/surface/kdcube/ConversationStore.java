package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.Cursor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// How conversations stand, as far as it is known: the events of a session say when a turn is over.
///
/// **Thread:** any.
interface ConversationStore {
  String IDLE = "idle";
  String IN_PROGRESS = "in_progress";
  String ERROR = "error";
  String CREATED = "created";

  /// A conversation. The same id is another conversation for another owner.
  record Key(String tenant, String owner, String conversationId) {}

  /// @param state `idle`, `in_progress` or `error`
  /// @param turnId the last turn
  /// @param topic where the events of that turn are
  /// @param begun behind which they are; null while nobody knows
  /// @param sent messages so far
  record Standing(
      String state,
      String turnId,
      long updatedMillis,
      String topic,
      @Nullable Cursor begun,
      int sent) {
    boolean isBusy() {
      return state.equals(IN_PROGRESS);
    }

    Standing ended(String as, long nowMillis) {
      return new Standing(as, turnId, nowMillis, topic, begun, sent);
    }

    Standing begunAt(Cursor cursor) {
      return new Standing(state, turnId, updatedMillis, topic, cursor, sent);
    }

    Standing withOneMore() {
      return new Standing(state, turnId, updatedMillis, topic, begun, sent + 1);
    }
  }

  @Nullable Standing find(Key key);

  /// Begins a turn unless another one is under way.
  ///
  /// @param seen as which the conversation was found; null for a new one
  /// @return false when it changed since
  boolean begin(Key key, @Nullable Standing seen, Standing turn, Moment now);

  /// Changes a conversation if its last turn is still that one.
  void update(Key key, String turnId, UnaryOperator<Standing> change);
}
