package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ingest.IngestFrame.Ack;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/// A frame as plain values: views of a buffer are read out, so that frames of different buffers
/// compare.
sealed interface FrameModel {
  /// Any frame that owns its values.
  record Plain(IngestFrame frame) implements FrameModel {}

  record Events(long firstSequence, List<EventModel> events) implements FrameModel {}

  record Settled(long upTo, List<Long> sequences) implements FrameModel {}

  static FrameModel of(IngestFrame frame) {
    return switch (frame) {
      case Publish publish -> new Events(publish.firstSequence(), EventModel.readAll(publish));
      case Ack ack ->
          new Settled(
              ack.upTo(),
              LongStream.range(0, ack.count()).mapToObj(i -> ack.sequence((int) i)).toList());
      default -> new Plain(frame);
    };
  }

  default void encode(ByteBuf out) {
    switch (this) {
      case Plain plain -> IngestEncoder.encode(out, plain.frame());
      case Events events -> EventModel.encodeAll(out, events.firstSequence(), events.events());
      case Settled settled -> {
        var writer = new AckWriter();
        writer.begin(out);
        settled.sequences().forEach(writer::add);
        writer.end(settled.upTo());
      }
    }
  }

  static ByteBuf encodeAll(List<FrameModel> frames) {
    ByteBuf out = Unpooled.buffer();
    frames.forEach(frame -> frame.encode(out));
    return out;
  }

  /// Decodes all frames that are complete in `in`.
  static List<FrameModel> decodeAll(IngestDecoder decoder, ByteBuf in) {
    var frames = new ArrayList<FrameModel>();
    for (var frame = decoder.decode(in); frame != null; frame = decoder.decode(in)) {
      frames.add(of(frame));
    }
    return frames;
  }
}
