package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.json.JsonObjectWriter;
import org.jspecify.annotations.Nullable;

/// How a conversation stands, as far as it is known: the events of a session say when a turn is
/// over.
///
/// @param state `idle`, `in_progress` or `error`
/// @param turnId the last turn
/// @param claim of the message that began that turn; no two messages have the same
/// @param topic where the events of that turn are
/// @param begun behind which they are; null until its beginning was told, and before that no worker
///   hears of it
/// @param sent messages so far
record Standing(
    String state,
    String turnId,
    String claim,
    long updatedMillis,
    String topic,
    @Nullable Cursor begun,
    int sent) {
  static final String IDLE = "idle";
  static final String IN_PROGRESS = "in_progress";
  static final String ERROR = "error";
  static final String CREATED = "created";

  boolean isBusy() {
    return state.equals(IN_PROGRESS);
  }

  Standing ended(String as, long nowMillis) {
    return new Standing(as, turnId, claim, nowMillis, topic, begun, sent);
  }

  Standing begunAt(Cursor cursor) {
    return new Standing(state, turnId, claim, updatedMillis, topic, cursor, sent);
  }

  Standing withOneMore() {
    return new Standing(state, turnId, claim, updatedMillis, topic, begun, sent + 1);
  }

  byte[] bytes() {
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter json =
        new JsonObjectWriter(out)
            .text("state", state)
            .text("turn", turnId)
            .text("claim", claim)
            .number("updated", updatedMillis)
            .text("topic", topic)
            .number("sent", sent);
    if (begun != null) {
      json.text("begun", begun.toString());
    }
    json.end();
    return ByteBufUtil.getBytes(out);
  }

  static Standing of(byte[] bytes) {
    Node json = Node.parse(Unpooled.wrappedBuffer(bytes));
    String begun = json.exact("begun");
    return new Standing(
        json.exact("state"),
        json.exact("turn"),
        json.exact("claim"),
        json.number("updated"),
        json.exact("topic"),
        begun.isEmpty() ? null : Cursor.parse(begun),
        (int) json.number("sent"));
  }
}
