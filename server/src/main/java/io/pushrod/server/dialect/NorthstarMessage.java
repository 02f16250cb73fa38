package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;

/// Northstar's `Message`, the form of everything that is said in a thread before there were
/// [NorthstarEvent]s.
///
/// A message of a person is shown as it was said; any other event as a message of an agent whose
/// text is `{"type":…,"data":…}`.
///
/// **Thread:** one at a time.
public final class NorthstarMessage {
  private final NorthstarSource source = new NorthstarSource();

  /// Appends a stored event as a message.
  ///
  /// @param sequence of the event
  public void append(long epoch, long sequence, ByteBuf from, int offset, int length, ByteBuf out) {
    source.read(epoch, sequence, from, offset, length);
    JsonObjectWriter message =
        new JsonObjectWriter(out)
            .text("id", source.eventId())
            .text("thread_id", source.place())
            .name("sender");
    sender(out);
    message.name("text");
    if (source.isMessage()) {
      source.message.append("text", out);
    } else {
      wrap(out);
    }
    message.name("created_at");
    NorthstarTime.write(out, source.millis());
    message.text("role", role()).name("scope");
    if (source.isMessage() && source.message.has("scope")) {
      source.message.append("scope", out);
    } else {
      ByteBufUtil.writeAscii(out, "null");
    }
    message.end();
  }

  /// Appends a stored event as the newer interface lists it: `id`, `text`, `role`, `sender_id`,
  /// `cursor` and `timestamp`.
  public void appendEntry(
      long epoch, long sequence, ByteBuf from, int offset, int length, ByteBuf out) {
    source.read(epoch, sequence, from, offset, length);
    JsonObjectWriter entry = new JsonObjectWriter(out).text("id", source.eventId()).name("text");
    if (source.isMessage()) {
      source.message.append("text", out);
    } else {
      wrap(out);
    }
    entry
        .text("role", role())
        .text("sender_id", source.senderId())
        .text("cursor", source.eventId())
        .text("timestamp", NorthstarTime.text(source.millis()))
        .end();
  }

  /// Whether the event that was appended last has a place in a log.
  String id() {
    return source.eventId();
  }

  private String role() {
    return source.isMessage() ? source.role() : "agent";
  }

  private void sender(ByteBuf out) {
    if (source.sender.isObject() && source.isMessage()) {
      source.message.append("sender", out);
      return;
    }
    new JsonObjectWriter(out)
        .text("id", source.senderId())
        .raw("display_name", "null")
        .raw("handle", "null")
        .end();
  }

  private void wrap(ByteBuf out) {
    ByteBuf inner = Unpooled.buffer(256);
    JsonObjectWriter object = new JsonObjectWriter(inner).text("type", source.type()).name("data");
    NorthstarEvents.appendOthers(source.payload, inner);
    object.end();
    JsonStrings.write(out, inner.toString(UTF_8));
  }
}
