package io.pushrod.codec.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class IngestRoundTripTest {
  private final IngestDecoder decoder = new IngestDecoder(IngestFrame.DEFAULT_MAX_FRAME_BYTES);

  @Property(tries = 300)
  void whatIsWrittenIsRead(@ForAll("streams") List<FrameModel> frames) {
    ByteBuf bytes = FrameModel.encodeAll(frames);

    assertThat(FrameModel.decodeAll(decoder, bytes)).isEqualTo(frames);
    assertThat(bytes.isReadable()).isFalse();
  }

  @Property(tries = 150)
  void anySplitReadsTheSame(
      @ForAll("streams") List<FrameModel> frames, @ForAll List<Integer> splits) {
    ByteBuf bytes = FrameModel.encodeAll(frames);
    ByteBuf received = Unpooled.buffer();
    var read = new ArrayList<FrameModel>();

    for (int split : splits) {
      received.writeBytes(bytes, Math.floorMod(split, bytes.readableBytes() + 1));
      read.addAll(FrameModel.decodeAll(decoder, received));
      received.discardReadBytes();
    }
    received.writeBytes(bytes);
    read.addAll(FrameModel.decodeAll(decoder, received));

    assertThat(read).isEqualTo(frames);
  }

  @Property(tries = 30)
  void byteByByteReadsTheSame(@ForAll("streams") List<FrameModel> frames) {
    ByteBuf bytes = FrameModel.encodeAll(frames);
    ByteBuf received = Unpooled.buffer();
    var read = new ArrayList<FrameModel>();

    while (bytes.isReadable()) {
      received.writeByte(bytes.readByte());
      read.addAll(FrameModel.decodeAll(decoder, received));
    }

    assertThat(read).isEqualTo(frames);
  }

  @Property(tries = 200)
  void aDecodedFrameIsWrittenAsTheSameBytes(@ForAll("streams") List<FrameModel> frames) {
    ByteBuf bytes = FrameModel.encodeAll(frames);
    ByteBuf again = Unpooled.buffer();

    ByteBuf in = bytes.duplicate();
    for (var frame = decoder.decode(in); frame != null; frame = decoder.decode(in)) {
      IngestEncoder.encode(again, frame);
    }

    assertThat(again).isEqualTo(bytes);
  }

  @Provide
  Arbitrary<List<FrameModel>> streams() {
    return IngestFrames.streams();
  }
}
