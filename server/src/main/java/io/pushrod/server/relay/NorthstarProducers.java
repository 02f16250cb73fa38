package io.pushrod.server.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.json.JsonObjectWriter;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Northstar's bus: a channel `thread:<id>` for each thread, with chat messages.
///
/// A message is `agent_message` or, when a person wrote it, `user_message`, with
/// `{"text","role","sender","message_id"}` and `scope` if it has one. A text that is itself JSON
/// with `type` and `data` is that event.
record NorthstarProducers(TopicPattern threads) implements Producers {
  @Override
  public @Nullable String channel(String topic) {
    String id = threads.id(topic);
    return id == null ? null : "thread:" + id;
  }

  @Override
  public @Nullable Relayed read(String topic, Fields message) {
    String text = message.text("text");
    String thread = message.text("thread_id");
    if (text == null || thread == null || !thread.equals(threads.id(topic))) {
      return null;
    }
    String ids = Fields.fragment(IdField.THREAD_ID, thread);
    long millis = millis(message.text("created_at"));
    Relayed wrapped = wrapped(text, ids, millis);
    return wrapped != null ? wrapped : chat(message, text, ids, millis);
  }

  private static Relayed chat(Fields message, String text, String ids, long millis) {
    String role = message.text("role");
    String said = role == null ? "user" : role;
    ByteBuf data = Unpooled.buffer();
    new JsonObjectWriter(data)
        .text("text", text)
        .text("role", said)
        .raw("sender", message.json("sender"))
        .raw("message_id", message.json("id"))
        .raw("scope", message.json("scope"))
        .end();
    String type = said.equals("user") ? "user_message" : "agent_message";
    return new Relayed(type, ids, data, millis, 0, false);
  }

  private static @Nullable Relayed wrapped(String text, String ids, long millis) {
    Fields inner = text.startsWith("{") ? Fields.of(text.getBytes(UTF_8)) : null;
    String type = inner == null ? null : inner.text("type");
    String data = inner == null ? null : inner.json("data");
    if (type == null
        || data == null
        || !TypeName.isPublishable(type)
        || type.equals(TypeName.TOPIC_READERS)) {
      return null;
    }
    return new Relayed(type, ids, Unpooled.wrappedBuffer(data.getBytes(UTF_8)), millis, 0, false);
  }

  /// Python writes UTC with and without saying so; 0 for what is no time.
  static long millis(@Nullable String time) {
    if (time == null) {
      return 0;
    }
    try {
      boolean hasOffset = time.matches(".*([Zz]|[+-]\\d\\d:\\d\\d)");
      Instant at =
          hasOffset
              ? OffsetDateTime.parse(time).toInstant()
              : LocalDateTime.parse(time).toInstant(ZoneOffset.UTC);
      return Fields.time(
          at.getEpochSecond() * 1000.0 + TimeUnit.NANOSECONDS.toMillis(at.getNano()));
    } catch (DateTimeParseException e) {
      return 0;
    }
  }
}
