package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// An event as plain values, to compare what was written with what is read.
record EventModel(
    List<String> topics,
    String type,
    int classHint,
    long timestampMillis,
    Map<IdField, String> ids,
    String payload) {

  static EventModel of(String topic, String type) {
    return new EventModel(List.of(topic), type, 0, 0, Map.of(), "");
  }

  void encode(ByteBuf out) {
    PublishWriter.event(
        out,
        topics,
        type,
        classHint == 0 ? null : EventClass.of(classHint - 1),
        timestampMillis,
        ids,
        payload.getBytes(StandardCharsets.UTF_8));
  }

  /// Appends a publish frame of `events`.
  static void encodeAll(ByteBuf out, long firstSequence, List<EventModel> events) {
    var writer = new PublishWriter();
    writer.begin(out, firstSequence);
    for (EventModel event : events) {
      ByteBuf encoded = Unpooled.buffer();
      event.encode(encoded);
      writer.add(encoded);
    }
    writer.end();
  }

  static List<EventModel> readAll(Publish frame) {
    var events = new ArrayList<EventModel>();
    var reader = new PublishReader().reset(frame);
    while (reader.next()) {
      events.add(read(frame.buffer(), reader));
    }
    return events;
  }

  private static EventModel read(ByteBuf in, PublishReader reader) {
    var topics = new ArrayList<String>();
    for (int i = 0; i < reader.topicCount(); i++) {
      topics.add(text(in, reader.topicOffset(i), reader.topicLength(i)));
    }
    var ids = new TreeMap<IdField, String>();
    for (IdField field : IdField.values()) {
      if ((reader.idMask() & 1 << (field.code() - 1)) != 0) {
        ids.put(field, text(in, reader.idOffset(field.code()), reader.idLength(field.code())));
      }
    }
    return new EventModel(
        topics,
        text(in, reader.typeOffset(), reader.typeLength()),
        reader.classHint(),
        reader.timestampMillis(),
        ids,
        text(in, reader.payloadOffset(), reader.payloadLength()));
  }

  private static String text(ByteBuf in, int offset, int length) {
    return in.toString(offset, length, StandardCharsets.UTF_8);
  }
}
