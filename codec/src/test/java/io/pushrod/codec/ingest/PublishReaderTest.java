package io.pushrod.codec.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublishReaderTest {
  private final PublishReader reader = new PublishReader();

  @Test
  void numbersTheEventsOfABatch() {
    Publish frame = frame(41, EventModel.of("a", "x"), EventModel.of("b", "x"));

    reader.reset(frame);

    assertThat(frame.lastSequence()).isEqualTo(42);
    assertThat(reader.next()).isTrue();
    assertThat(reader.sequence()).isEqualTo(41);
    assertThat(reader.next()).isTrue();
    assertThat(reader.sequence()).isEqualTo(42);
    assertThat(reader.next()).isFalse();
    assertThat(reader.next()).isFalse();
  }

  @Test
  void measuresAnEventWithAllItsParts() {
    var event = new EventModel(List.of("ab"), "x", 0, 0, Map.of(IdField.RUN_ID, "r"), "{}");
    ByteBuf encoded = Unpooled.buffer();
    event.encode(encoded);

    reader.reset(frame(1, event, event));
    reader.next();
    reader.next();

    assertThat(reader.eventLength()).isEqualTo(encoded.readableBytes());
    assertThat(reader.idsLength()).isEqualTo(3);
    assertThat(reader.payloadOffset() + 2).isEqualTo(reader.eventOffset() + reader.eventLength());
  }

  @Test
  void readsTheEventsBeforeABrokenOne() {
    ByteBuf in = bytes(1, EventModel.of("a", "x"), EventModel.of("b", "x"));
    int second = in.writerIndex() - 19;
    in.setByte(second, 9);

    reader.reset(decoded(in));

    assertThat(reader.next()).isTrue();
    assertThatThrownBy(reader::next)
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.reason()).isEqualTo(CloseReason.PROTOCOL_ERROR))
        .hasMessage("topic count: 9 (expected: 1-8)");
  }

  @Test
  void doesNotReadIntoTheNextFrame() {
    ByteBuf in = bytes(1, EventModel.of("a", "x"));
    in.setInt(in.writerIndex() - 4, 8);
    EventModel.encodeAll(in, 2, List.of(EventModel.of("b", "x")));

    reader.reset(decoded(in));

    assertThatThrownBy(reader::next).hasMessage("payload length: 8 (expected: <= 0 bytes left)");
  }

  @Test
  void anyCutOfAnEventIsAProtocolError() {
    var event = new EventModel(List.of("ab", "c"), "x", 1, 1, Map.of(IdField.RUN_ID, "r"), "{}");
    ByteBuf whole = bytes(1, event);
    int eventStart = PublishWriter.OVERHEAD_BYTES;
    for (int end = eventStart; end < whole.writerIndex(); end++) {
      ByteBuf in = whole.copy(0, end);
      in.setInt(0, end - IngestFrame.LENGTH_BYTES);

      assertThatThrownBy(() -> EventModel.readAll(decoded(in)))
          .isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void isReusable() {
    reader.reset(
        frame(1, new EventModel(List.of("a", "b"), "x", 2, 3, Map.of(IdField.RUN_ID, "r"), "{}")));
    reader.next();

    reader.reset(frame(9, EventModel.of("c", "y")));

    assertThat(reader.next()).isTrue();
    assertThat(reader.sequence()).isEqualTo(9);
    assertThat(reader.topicCount()).isEqualTo(1);
    assertThat(reader.idMask()).isZero();
    assertThat(reader.payloadLength()).isZero();
  }

  private static Publish frame(long firstSequence, EventModel... events) {
    return decoded(bytes(firstSequence, events));
  }

  private static ByteBuf bytes(long firstSequence, EventModel... events) {
    ByteBuf out = Unpooled.buffer();
    EventModel.encodeAll(out, firstSequence, List.of(events));
    return out;
  }

  private static Publish decoded(ByteBuf in) {
    var frame = new IngestDecoder(IngestFrame.DEFAULT_MAX_FRAME_BYTES).decode(in);
    if (frame instanceof Publish publish) {
      return publish;
    }
    throw new AssertionError("frame: " + frame);
  }
}
