package io.pushrod.codec.command;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.GapReason;
import io.pushrod.codec.json.JsonObjectWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Appends what the server says in the native dialect beside events: each one JSON object on one
/// line, no line end.
///
/// An `id` is that of the command which is answered, as raw JSON; null writes none.
public final class Replies {
  private Replies() {}

  /// The first thing on every connection.
  ///
  /// @param frameBytes the longest message that the client may send
  /// @param subscriptions the most that it may have at once
  public static void welcome(
      ByteBuf out,
      String connectionId,
      boolean authenticated,
      long heartbeatMillis,
      int frameBytes,
      int subscriptions) {
    new JsonObjectWriter(out)
        .text("op", "welcome")
        .text("connection_id", connectionId)
        .bool("authenticated", authenticated)
        .number("heartbeat_ms", heartbeatMillis)
        .number("frame_bytes", frameBytes)
        .number("subscriptions", subscriptions)
        .end();
  }

  /// Answers `auth` and `ping`.
  public static void ack(ByteBuf out, @Nullable String id) {
    beginAck(out, id).end();
  }

  /// Answers `unsubscribe` and `state`.
  public static void ackTopic(ByteBuf out, @Nullable String id, String topic) {
    beginAck(out, id).text("topic", topic).end();
  }

  /// @param cursor where reading starts
  public static void ackSubscribe(ByteBuf out, @Nullable String id, String topic, Cursor cursor) {
    beginAck(out, id).text("topic", topic).text("cursor", cursor.toString()).end();
  }

  public static void ackPublish(ByteBuf out, @Nullable String id, List<Published> published) {
    endPublished(beginAck(out, id), out, published);
  }

  /// The same as the body of an HTTP response.
  public static void published(ByteBuf out, List<Published> published) {
    endPublished(new JsonObjectWriter(out), out, published);
  }

  private static void endPublished(
      JsonObjectWriter object, ByteBuf out, List<Published> published) {
    object.name("published");
    out.writeByte('[');
    boolean first = true;
    for (Published one : published) {
      if (!first) {
        out.writeByte(',');
      }
      first = false;
      JsonObjectWriter place = new JsonObjectWriter(out);
      if (one.cursor().epoch() != 0) {
        place.text("id", one.cursor().toString());
      }
      place.text("topic", one.topic()).number("seq", one.cursor().sequence()).end();
    }
    out.writeByte(']');
    object.end();
  }

  /// @param status where the run stands now
  public static void ackCancel(ByteBuf out, @Nullable String id, String run, String status) {
    beginAck(out, id).text("run", run).text("status", status).end();
  }

  /// @param message the id that the message was given
  public static void ackSend(ByteBuf out, @Nullable String id, String topic, String message) {
    beginAck(out, id).text("topic", topic).text("message_id", message).end();
  }

  /// Begins the answer to `history`, up to the bracket behind which the caller appends the events,
  /// with commas between.
  public static void beginHistory(ByteBuf out, @Nullable String id, String topic) {
    beginAck(out, id).text("topic", topic).name("events");
    out.writeByte('[');
  }

  /// @param cursor where the next page continues
  /// @param more whether there was more than fits
  public static void endHistory(ByteBuf out, String cursor, boolean more) {
    out.writeByte(']');
    JsonObjectWriter.resume(out).text("cursor", cursor).bool("more", more).end();
  }

  public static void error(ByteBuf out, @Nullable String id, ErrorCode code, String message) {
    error(out, id, code, message, 0);
  }

  /// @param retryAfterMillis when to try again; 0 leaves it out
  public static void error(
      ByteBuf out, @Nullable String id, ErrorCode code, String message, long retryAfterMillis) {
    JsonObjectWriter object = new JsonObjectWriter(out).text("op", "error").raw("id", id);
    if (retryAfterMillis > 0) {
      writeError(object, code, message).number("retry_after_ms", retryAfterMillis).end();
    } else {
      writeError(object, code, message).end();
    }
  }

  /// The same as the body of an HTTP response: `{"error":{…}}`.
  public static void httpError(ByteBuf out, ErrorCode code, String message) {
    JsonObjectWriter outer = new JsonObjectWriter(out).name("error");
    writeError(new JsonObjectWriter(out), code, message).end();
    outer.end();
  }

  private static JsonObjectWriter writeError(
      JsonObjectWriter object, ErrorCode code, String message) {
    return object
        .text("code", code.label())
        .text("message", message)
        .bool("retryable", code.retryable());
  }

  /// The connection's token ends soon; a fresh one by `auth` keeps it.
  ///
  /// @param expiresAtMillis when the connection is closed otherwise, since the epoch
  public static void tokenExpiring(ByteBuf out, long expiresAtMillis) {
    new JsonObjectWriter(out)
        .text("op", "token_expiring")
        .number("expires_at", expiresAtMillis)
        .end();
  }

  /// Events can be neither published nor brought from where they are stored.
  ///
  /// @param sinceMillis since the epoch
  public static void degraded(ByteBuf out, long sinceMillis) {
    new JsonObjectWriter(out).text("op", "degraded").number("since", sinceMillis).end();
  }

  /// They can again.
  public static void restored(ByteBuf out) {
    new JsonObjectWriter(out).text("op", "restored").end();
  }

  /// A subscription has ended without being asked to.
  ///
  /// @param code why
  /// @param cursor where its reader was; null before it had begun
  public static void unsubscribed(
      ByteBuf out, String topic, ErrorCode code, @Nullable Cursor cursor) {
    JsonObjectWriter object =
        new JsonObjectWriter(out)
            .text("op", "unsubscribed")
            .text("topic", topic)
            .text("code", code.label());
    if (cursor != null) {
      object.text("cursor", cursor.toString());
    }
    object.end();
  }

  /// The last thing before we close a connection.
  ///
  /// @param retryAfterMillis how long to wait at the least before coming back
  /// @param cursors by topic, where to resume
  public static void close(
      ByteBuf out, CloseReason reason, long retryAfterMillis, Map<String, Cursor> cursors) {
    JsonObjectWriter object =
        new JsonObjectWriter(out)
            .text("op", "close")
            .text("reason", reason.label())
            .bool("reconnect", reason.reconnect())
            .number("retry_after_ms", retryAfterMillis)
            .name("cursors");
    JsonObjectWriter inner = new JsonObjectWriter(out);
    cursors.forEach((topic, cursor) -> inner.text(topic, cursor.toString()));
    inner.end();
    object.end();
  }

  /// The event that stands for events which a reader misses.
  ///
  /// @param id the cursor from which delivery continues
  /// @param from the first that is missing
  /// @param to the last that is missing; null, for [GapReason#EPOCH], when nobody knows
  public static void gap(
      ByteBuf out,
      Cursor id,
      String topic,
      long timestampMillis,
      GapReason reason,
      Cursor from,
      @Nullable Cursor to) {
    JsonObjectWriter event =
        new JsonObjectWriter(out)
            .text("id", id.toString())
            .text("topic", topic)
            .text("type", "gap")
            .number("ts", timestampMillis)
            .name("data");
    JsonObjectWriter data =
        new JsonObjectWriter(out).text("reason", reason.label()).text("from", from.toString());
    if (to == null) {
      data.raw("to", "null");
    } else {
      data.text("to", to.toString());
    }
    data.end();
    event.end();
  }

  private static JsonObjectWriter beginAck(ByteBuf out, @Nullable String id) {
    return new JsonObjectWriter(out).text("op", "ack").raw("id", id);
  }
}
