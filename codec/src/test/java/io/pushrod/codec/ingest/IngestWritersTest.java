package io.pushrod.codec.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IngestWritersTest {
  private final ByteBuf out = Unpooled.buffer().writeByte(7);
  private final IngestDecoder decoder = new IngestDecoder(IngestFrame.DEFAULT_MAX_FRAME_BYTES);

  @Test
  void anAckWithoutSequencesLeavesNoTrace() {
    var ack = new AckWriter();

    ack.begin(out);

    assertThat(ack.end(5)).isFalse();
    assertThat(out.readableBytes()).isEqualTo(1);
  }

  @Test
  void acksFollowEachOther() {
    var ack = new AckWriter();
    ack.begin(out);
    ack.add(11);
    assertThat(ack.frameBytes()).isEqualTo(21);
    assertThat(ack.end(1)).isTrue();
    ack.begin(out);
    ack.add(0);
    ack.add(12);
    ack.end(2);

    out.skipBytes(1);

    assertThat(FrameModel.decodeAll(decoder, out))
        .containsExactly(
            new FrameModel.Settled(1, List.of(11L)), new FrameModel.Settled(2, List.of(0L, 12L)));
  }

  @Test
  void refusesAWriterThatIsNotOpen() {
    assertThatThrownBy(() -> new AckWriter().add(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new PublishWriter().end()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesAPublishWithoutEvents() {
    var publish = new PublishWriter();
    publish.begin(out, 1);

    assertThatThrownBy(publish::end).hasMessage("event count: 0 (expected: >= 1)");
  }

  @Test
  void anEventWithoutRoomInItsFieldsLeavesNoTrace() {
    assertThatThrownBy(() -> event(List.of("a", "t".repeat(256)), 0))
        .hasMessage("topic: 256 bytes (expected: <= 255)");
    assertThatThrownBy(() -> event(List.of("a"), -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> event(List.of(), 0)).hasMessage("topics: 0 (expected: 1-8)");
    assertThatThrownBy(() -> event(Collections.nCopies(9, "a"), 0))
        .hasMessage("topics: 9 (expected: 1-8)");

    assertThat(out.readableBytes()).isEqualTo(1);
  }

  @Test
  void aHelloThatIsNotValidLeavesNoTrace() {
    for (Hello hello :
        List.of(
            new Hello(1, "a b", "", ""),
            new Hello(1, "a", "x".repeat(129), ""),
            new Hello(1, "a", "", "line\nbreak"))) {
      assertThatThrownBy(() -> IngestEncoder.encode(out, hello))
          .isInstanceOf(IllegalArgumentException.class);
    }

    assertThat(out.readableBytes()).isEqualTo(1);
  }

  @Test
  void aWorkerFrameWithoutRoomForItsValuesLeavesNoTrace() {
    String tooLong = "é".repeat(128);
    for (IngestFrame frame :
        List.of(
            new Consume(tooLong, 1),
            new Consume("a", -1),
            new Consume("a", 65_536),
            new Renew(List.of()),
            new Cancel(1, Cancel.How.NOW, 0, tooLong, ""),
            request("a", tooLong, "", 1),
            request("a", "r", tooLong, 1),
            request(tooLong, "r", "", 1),
            request("a", "r", "", 65_536))) {
      assertThatThrownBy(() -> IngestEncoder.encode(out, frame))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching(".+: .+ \\(expected: .+\\)");
    }

    assertThat(out.readableBytes()).isEqualTo(1);
  }

  @Test
  void cutsWhatAWorkerIsToldThatIsTooLong() {
    IngestEncoder.encode(out.clear(), new Release(1, 28, "€".repeat(70_000)));
    IngestEncoder.encode(out, new Refuse(1, true, "€".repeat(70_000)));
    IngestEncoder.encode(out, new Cancel(1, Cancel.How.NOW, 0, "", "€".repeat(70_000)));

    assertThat(decoder.decode(out)).isEqualTo(new Release(1, 28, "€".repeat(1024)));
    assertThat(decoder.decode(out)).isEqualTo(new Refuse(1, true, "€".repeat(1024)));
    assertThat(decoder.decode(out))
        .isEqualTo(new Cancel(1, Cancel.How.NOW, 0, "", "€".repeat(1024)));
  }

  private static Request request(String inbox, String id, String user, int attempt) {
    return new Request(1, Request.Kind.RUN, 1, attempt, inbox, id, user, List.of(), Map.of(), "");
  }

  private void event(List<String> topics, long timestampMillis) {
    PublishWriter.event(out, topics, "x", null, timestampMillis, Map.of(), new byte[0]);
  }
}
