package io.pushrod.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// Where a reader of several topics continues: one cursor a topic.
///
/// The text form is `topic=epoch-seq,topic=epoch-seq`; neither sign may be in a topic's name.
///
/// @param cursors by topic, 1 to [#MAX_TOPICS], in the order of the text
public record CompositeCursor(SequencedMap<String, Cursor> cursors) {
  /// The most topics that one text may name.
  public static final int MAX_TOPICS = 128;

  private static final int SHOWN_CHARS = 48;

  public CompositeCursor {
    if (cursors.isEmpty() || cursors.size() > MAX_TOPICS) {
      throw new IllegalArgumentException(
          "cursors: " + cursors.size() + " (expected: 1-" + MAX_TOPICS + ")");
    }
    cursors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(cursors));
  }

  /// Whether a text can only be meant as a composite: a bare cursor has no equals sign.
  public static boolean isComposite(String text) {
    return text.indexOf('=') >= 0;
  }

  /// @throws RequestException `BAD_CURSOR` for anything but the text form, and for a topic that
  ///   comes twice
  public static CompositeCursor parse(String text) {
    SequencedMap<String, Cursor> cursors = new LinkedHashMap<>();
    int start = 0;
    while (start <= text.length()) {
      int comma = text.indexOf(',', start);
      int end = comma < 0 ? text.length() : comma;
      int equals = text.indexOf('=', start);
      if (equals < 0 || equals > end || cursors.size() == MAX_TOPICS) {
        throw bad(text);
      }
      String topic = text.substring(start, equals);
      Cursor cursor = Cursor.parse(text.substring(equals + 1, end));
      if (!TopicName.isValid(topic) || cursors.putIfAbsent(topic, cursor) != null) {
        throw bad(text);
      }
      start = end + 1;
    }
    return new CompositeCursor(cursors);
  }

  /// Appends the text form.
  public void write(ByteBuf out) {
    boolean first = true;
    for (Map.Entry<String, Cursor> entry : cursors.entrySet()) {
      if (!first) {
        out.writeByte(',');
      }
      first = false;
      Cursor cursor = entry.getValue();
      ByteBufUtil.writeAscii(out, entry.getKey());
      out.writeByte('=');
      ByteBufUtil.writeAscii(out, Cursor.epochText(cursor.epoch()));
      out.writeByte('-');
      Digits.writeDecimal(out, cursor.sequence());
    }
  }

  /// Appends one `topic=epoch-seq` without allocating; the caller puts the commas between.
  ///
  /// @param epoch its text in ASCII
  public static void write(ByteBuf out, byte[] topic, byte[] epoch, long sequence) {
    out.writeBytes(topic).writeByte('=').writeBytes(epoch).writeByte('-');
    Digits.writeDecimal(out, sequence);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    cursors.forEach(
        (topic, cursor) ->
            text.append(text.isEmpty() ? "" : ",").append(topic).append('=').append(cursor));
    return text.toString();
  }

  private static RequestException bad(String text) {
    String shown = text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "…" : text;
    return new RequestException(
        ErrorCode.BAD_CURSOR,
        "cursor: " + shown + " (expected: <topic>=<epoch>-<sequence>,… of 1-128 topics)");
  }
}
