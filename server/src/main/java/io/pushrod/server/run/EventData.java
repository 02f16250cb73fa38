package io.pushrod.server.run;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.run.RunView.RunError;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The ids and `data` of the events that a desk writes; compact JSON on the heap, which needs no
/// release.
final class EventData {
  private EventData() {}

  /// Id fields as an event carries them: `,"run_id":"r1"`, in the order of the fields. Their values
  /// hold nothing that JSON escapes.
  static byte[] ids(Map<IdField, String> ids) {
    StringBuilder text = new StringBuilder();
    for (IdField field : IdField.values()) {
      String value = ids.get(field);
      if (value != null) {
        text.append(",\"").append(field.label()).append("\":\"").append(value).append('"');
      }
    }
    return text.toString().getBytes(US_ASCII);
  }

  static ByteBuf empty() {
    return Unpooled.wrappedBuffer(new byte[] {'{', '}'});
  }

  static ByteBuf begin(String agent, String user) {
    ByteBuf out = Unpooled.buffer(64);
    JsonObjectWriter json = new JsonObjectWriter(out).text("agent", agent);
    if (!user.isEmpty()) {
      json.text("user", user);
    }
    json.end();
    return out;
  }

  static ByteBuf stalled(long silentMillis) {
    ByteBuf out = Unpooled.buffer(32);
    new JsonObjectWriter(out).number("silent_ms", silentMillis).end();
    return out;
  }

  static ByteBuf cancelling(CancelOrder order) {
    ByteBuf out = Unpooled.buffer(96);
    who(out, order).text("how", order.how().name().toLowerCase(Locale.ROOT)).end();
    return out;
  }

  static ByteBuf cancelled(CancelOrder order, long durationMillis) {
    ByteBuf out = Unpooled.buffer(96);
    who(out, order).number("duration_ms", durationMillis).end();
    return out;
  }

  private static JsonObjectWriter who(ByteBuf out, CancelOrder order) {
    return new JsonObjectWriter(out).text("by", order.by()).text("reason", order.reason());
  }

  static ByteBuf completed(@Nullable String output, String agent, long durationMillis) {
    ByteBuf out = Unpooled.buffer(64 + (output == null ? 4 : output.length()));
    new JsonObjectWriter(out)
        .raw("output", output == null ? "null" : compact(output))
        .number("duration_ms", durationMillis)
        .text("agent", agent)
        .end();
    return out;
  }

  static ByteBuf failed(RunError error, long durationMillis) {
    ByteBuf out = Unpooled.buffer(128);
    new JsonObjectWriter(out)
        .text("code", error.code())
        .text("message", error.message())
        .bool("retryable", error.retryable())
        .number("duration_ms", durationMillis)
        .end();
    return out;
  }

  static ByteBuf undelivered(String id, String user, String code) {
    ByteBuf out = Unpooled.buffer(96);
    new JsonObjectWriter(out).text("id", id).text("user", user).text("code", code).end();
    return out;
  }

  /// One line; what is not JSON, which its transport should have refused, becomes null.
  static String compact(String json) {
    ByteBuf in = Unpooled.wrappedBuffer(json.getBytes(UTF_8));
    try {
      if (JsonScanner.check(in, 0, in.readableBytes())) {
        return json;
      }
      ByteBuf out = Unpooled.buffer(in.readableBytes());
      JsonScanner.compact(in, 0, in.readableBytes(), out);
      return out.toString(UTF_8);
    } catch (RequestException e) {
      return "null";
    }
  }
}
