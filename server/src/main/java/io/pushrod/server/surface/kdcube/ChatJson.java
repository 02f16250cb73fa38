package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.KdcubeEnvelopes;

/// Writes the small objects of answers and refusals.
final class ChatJson {
  private ChatJson() {}

  /// `data` of a gateway's refusal.
  static String gateway(String message, String type, int status, int retryAfter, String endpoint) {
    ByteBuf out = Unpooled.buffer(256);
    new JsonObjectWriter(out)
        .text("message", message)
        .text("error_type", type)
        .number("http_status", status)
        .number("retry_after", retryAfter)
        .text("endpoint", endpoint)
        .end();
    return out.toString(UTF_8);
  }

  /// Detail of an answer to who sends too much.
  static String limited(String error, int retryAfter) {
    ByteBuf out = Unpooled.buffer(128);
    new JsonObjectWriter(out).text("error", error).number("retry_after", retryAfter).end();
    return out.toString(UTF_8);
  }

  /// `data` of the refusal of a queue.
  static String rejected(String message, String reason, int retryAfter) {
    ByteBuf out = Unpooled.buffer(256);
    new JsonObjectWriter(out)
        .text("message", message)
        .text("error_type", "queue.enqueue_rejected")
        .number("http_status", 503)
        .number("retry_after", retryAfter)
        .text("reason", reason)
        .raw("queue_stats", "{}")
        .end();
    return out.toString(UTF_8);
  }

  /// Detail of the answer to who found no queue.
  static String pressure(String error, String reason, int retryAfter) {
    ByteBuf out = Unpooled.buffer(256);
    new JsonObjectWriter(out)
        .text("error", error)
        .text("error_type", "queue.enqueue_rejected")
        .text("reason", reason)
        .number("retry_after", retryAfter)
        .raw("queue_stats", "{}")
        .end();
    return out.toString(UTF_8);
  }

  /// The answer to who asks how a conversation stands.
  static String standing(String conversationId, Standing standing) {
    ByteBuf out = Unpooled.buffer(256);
    new JsonObjectWriter(out)
        .text("conversation_id", conversationId)
        .text("state", standing.state())
        .text("updated_at", KdcubeEnvelopes.time(standing.updatedMillis()))
        .text("current_turn_id", standing.turnId())
        .end();
    return out.toString(UTF_8);
  }

  /// The acknowledgement of a message that nobody gets.
  static String refused(Outcome.Refused refused) {
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter json =
        new JsonObjectWriter(out)
            .bool("ok", false)
            .number("status", refused.status())
            .text("error_type", refused.type())
            .text("error", refused.error());
    if (refused.retryAfterSeconds() > 0) {
      json.number("retry_after", refused.retryAfterSeconds());
    } else {
      json.raw("retry_after", "null");
    }
    json.raw("queue_stats", "{}");
    if (refused.conversationId() == null) {
      json.raw("conversation_id", "null");
    } else {
      json.text("conversation_id", refused.conversationId());
    }
    json.end();
    return out.toString(UTF_8);
  }
}
