package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.PublishReader;
import java.util.ArrayList;
import java.util.List;

/// Ingest frames, whole and cut: read alike, never past their end, and written back as the same
/// bytes unless they hold text, which need not be UTF-8 and may be cut.
public final class IngestFuzz {
  private static final int LIMIT = 4096;

  private IngestFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    List<String> whole = read(input, Math.max(1, input.length));
    Claim.equal(read(input, 1), whole, "byte by byte");
    Claim.equal(read(input, 7), whole, "in pieces");
  }

  private static List<String> read(byte[] input, int pieceBytes) {
    List<String> read = new ArrayList<>();
    IngestDecoder decoder = new IngestDecoder(LIMIT);
    ByteBuf in = Unpooled.buffer(Math.max(1, input.length));
    try {
      for (int at = 0; at < input.length; at += pieceBytes) {
        in.writeBytes(input, at, Math.min(pieceBytes, input.length - at));
        int start = in.readerIndex();
        for (var frame = decoder.decode(in); frame != null; frame = decoder.decode(in)) {
          Claim.that(in.readerIndex() - start <= LIMIT + 4, "a frame is bounded");
          read.add(shown(frame));
          again(frame, in, start);
          start = in.readerIndex();
        }
        Claim.equal(in.readerIndex(), start, "nothing is read of what is incomplete");
        Claim.that(in.readableBytes() < LIMIT + 4, "what waits is bounded");
      }
      read.add(in.readableBytes() + " bytes left");
    } catch (ProtocolException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      read.add(e.reason().name() + " " + e.getMessage());
    }
    return read;
  }

  private static String shown(IngestFrame frame) {
    return switch (frame) {
      case IngestFrame.Publish publish -> events(publish);
      case IngestFrame.Ack ack ->
          "ack " + ack.upTo() + " " + Bytes.hex(ack.buffer(), ack.offset(), ack.count() * 8);
      default -> frame.toString();
    };
  }

  private static String events(IngestFrame.Publish publish) {
    StringBuilder text = new StringBuilder("publish " + publish.firstSequence());
    PublishReader reader = new PublishReader().reset(publish);
    int end = publish.offset() + publish.length();
    while (reader.next()) {
      Claim.that(reader.topicCount() <= TopicName.MAX_TOPICS, "topics are bounded");
      Claim.that(reader.eventOffset() + reader.eventLength() <= end, "within the frame");
      Claim.that(reader.payloadOffset() + reader.payloadLength() <= end, "within the frame");
      text.append(' ')
          .append(reader.sequence())
          .append(Bytes.hex(publish.buffer(), reader.eventOffset(), reader.eventLength()));
    }
    return text.toString();
  }

  private static void again(IngestFrame frame, ByteBuf in, int start) {
    boolean holdsText =
        frame instanceof IngestFrame.Welcome
            || frame instanceof IngestFrame.Reject
            || frame instanceof IngestFrame.Goaway
            || frame instanceof IngestFrame.Consume
            || frame instanceof IngestFrame.Request
            || frame instanceof IngestFrame.Refuse
            || frame instanceof IngestFrame.Settle
            || frame instanceof IngestFrame.Cancel
            || frame instanceof IngestFrame.Release;
    ByteBuf out = Unpooled.buffer();
    if (!holdsText) {
      IngestEncoder.encode(out, frame);
      int length = in.readerIndex() - start;
      Claim.that(
          length == out.readableBytes() && ByteBufUtil.equals(out, 0, in, start, length),
          "written back as the same bytes");
    }
  }
}
