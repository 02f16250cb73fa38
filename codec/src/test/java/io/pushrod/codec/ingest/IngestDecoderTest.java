package io.pushrod.codec.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Request;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IngestDecoderTest {
  private static final Request REQUEST =
      new Request(
          1,
          Request.Kind.RUN,
          5,
          1,
          "agent/echo",
          "r1",
          "ann",
          List.of("run/r1"),
          Map.of(IdField.RUN_ID, "r1"),
          "{}");

  private final IngestDecoder decoder = new IngestDecoder(IngestFrame.DEFAULT_MAX_FRAME_BYTES);

  @Test
  void readsNothingOfHalfAFrame() {
    ByteBuf in = FrameModel.encodeAll(List.of(new FrameModel.Plain(new Ping(1))));
    in.writerIndex(in.writerIndex() - 1);

    assertThat(decoder.decode(in)).isNull();
    assertThat(in.readerIndex()).isZero();
  }

  @Test
  void refusesALengthBeforeItsBytesAreThere() {
    ByteBuf in = Unpooled.buffer().writeInt(IngestFrame.DEFAULT_MAX_FRAME_BYTES + 1);

    assertThatThrownBy(() -> decoder.decode(in))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("length: 1048577 (expected: <= 1048576)");
  }

  @Test
  void acceptsTheGreatestFrame() {
    int payload = IngestFrame.DEFAULT_MAX_FRAME_BYTES - 1 - 10 - 19;
    var event = new EventModel(List.of("t"), "x", 0, 0, Map.of(), "7".repeat(payload));
    ByteBuf in = FrameModel.encodeAll(List.of(new FrameModel.Events(1, List.of(event))));

    assertThat(in.readableBytes()).isEqualTo(4 + IngestFrame.DEFAULT_MAX_FRAME_BYTES);
    assertThat(decoder.decode(in)).isInstanceOf(Publish.class);
  }

  @Test
  void acceptsLongerFramesOnceToldTo() {
    var small = new IngestDecoder(9);
    ByteBuf in =
        FrameModel.encodeAll(List.of(new FrameModel.Events(1, List.of(EventModel.of("t", "x")))));

    assertThatThrownBy(() -> small.decode(in)).isInstanceOf(ProtocolException.class);
    small.limit(100);

    assertThat(small.decode(in)).isInstanceOf(Publish.class);
  }

  @Test
  void theLongestHelloFitsItsOwnBound() {
    var hello = new Hello(1, "p".repeat(64), "t".repeat(128), "k".repeat(16_384));
    ByteBuf in = FrameModel.encodeAll(List.of(new FrameModel.Plain(hello)));

    assertThat(in.readableBytes()).isEqualTo(4 + IngestFrame.MAX_HELLO_FRAME_BYTES);
    assertThat(new IngestDecoder(IngestFrame.MAX_HELLO_FRAME_BYTES).decode(in)).isEqualTo(hello);
  }

  @Test
  void helloKeepsItsTokenToItself() {
    assertThat(new Hello(1, "p", "acme", "secret").toString()).doesNotContain("secret");
  }

  @Test
  void namesTheReasonOfAGoaway() {
    assertThat(Goaway.of(CloseReason.FENCED).reason()).isEqualTo(CloseReason.FENCED);
    assertThat(new Goaway(4999, false, 0, "").reason()).isNull();
  }

  @Test
  void tellsAReplacedPublisherNotToFightBack() {
    assertThat(Goaway.of(CloseReason.REPLACED).reconnect()).isFalse();
  }

  @Test
  void mapsRejectNumbersToCodes() {
    assertThat(new Reject(1, ErrorCode.TOO_LARGE, 0, "").errorCode())
        .isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(new Reject(1, 999, 0, "").errorCode()).isEqualTo(ErrorCode.BAD_REQUEST);
    assertThat(new Reject(1, 0, 0, "").errorCode()).isEqualTo(ErrorCode.BAD_REQUEST);
  }

  @Test
  void namesTheReasonOfARelease() {
    assertThat(new Release(1, 0, "").errorCode()).isNull();
    assertThat(new Release(1, 28, "").errorCode()).isEqualTo(ErrorCode.FENCED);
    assertThat(new Release(1, 999, "").errorCode()).isEqualTo(ErrorCode.BAD_REQUEST);
  }

  @Test
  void cutsAMessageThatIsTooLong() {
    ByteBuf in =
        FrameModel.encodeAll(
            List.of(
                new FrameModel.Plain(new Reject(1, ErrorCode.INTERNAL, 0, "€".repeat(70_000)))));

    assertThat(decoder.decode(in))
        .isEqualTo(new Reject(1, ErrorCode.INTERNAL, 0, "€".repeat(1024)));
  }

  /// Whatever the bytes, decoding ends in frames or in a protocol error, never past the buffer.
  @Test
  void survivesFlippedBytes() {
    var random = new Random(7);
    var event = new EventModel(List.of("a", "bc"), "type", 3, 5, Map.of(IdField.RUN_ID, "r"), "{}");
    for (int i = 0; i < 20_000; i++) {
      ByteBuf in =
          FrameModel.encodeAll(
              List.of(
                  new FrameModel.Events(1, List.of(event, event)),
                  new FrameModel.Settled(3, List.of(1L, 2L)),
                  new FrameModel.Plain(new Hello(1, "p", "t", "k")),
                  new FrameModel.Plain(REQUEST),
                  new FrameModel.Plain(new Cancel(1, Cancel.How.NOW, 5, "ann", "why"))));
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        in.setByte(random.nextInt(in.writerIndex()), random.nextInt());
      }
      try {
        FrameModel.decodeAll(decoder, in);
      } catch (ProtocolException e) {
        assertThat(e.reason()).isNotNull();
      }
    }
  }
}
