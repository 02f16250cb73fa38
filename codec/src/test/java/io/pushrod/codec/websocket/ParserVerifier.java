package io.pushrod.codec.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.codec.ProtocolException;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/// Feeds the same bytes whole, byte by byte and in random pieces, and demands the same outcome of
/// each, no bytes left unread and no memory kept.
final class ParserVerifier {
  private static final int RANDOM_ROUNDS = 8;

  private ParserVerifier() {}

  /// What was heard; the last line is the reason of the refusal, if there was one.
  static List<String> outcome(Supplier<WebSocketParser> parsers, byte[] bytes) {
    List<String> whole = feed(parsers.get(), bytes, bytes.length, bytes.length, true);
    assertThat(feed(parsers.get(), bytes, bytes.length, bytes.length, false)).isEqualTo(whole);
    assertThat(feed(parsers.get(), bytes, 1, 1, true)).as("byte by byte").isEqualTo(whole);
    for (int i = 1; i <= RANDOM_ROUNDS; i++) {
      int most = Math.max(2, bytes.length / i);
      assertThat(feed(parsers.get(), bytes, 1, most, i % 2 == 0)).as("pieces").isEqualTo(whole);
    }
    return whole;
  }

  private static List<String> feed(
      WebSocketParser parser, byte[] bytes, int least, int most, boolean direct) {
    UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(direct, true);
    Random random = new Random(bytes.length * 31L + most);
    Recorder recorder = new Recorder();
    try {
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(least + random.nextInt(most - least + 1), bytes.length - at);
        feed(parser, alloc, bytes, at, length, recorder);
        at += length;
      }
      if (parser.isIncomplete()) {
        recorder.heard.add("incomplete");
      } else {
        assertThat(used(alloc)).as("bytes kept while nothing is incomplete").isZero();
      }
    } catch (ProtocolException e) {
      recorder.heard.add("refused " + e.reason());
    }
    parser.release();
    assertThat(used(alloc)).as("bytes kept after release").isZero();
    return recorder.heard;
  }

  private static void feed(
      WebSocketParser parser,
      ByteBufAllocator alloc,
      byte[] bytes,
      int at,
      int length,
      Recorder recorder) {
    ByteBuf in = alloc.buffer(length + 3).writeBytes(new byte[3]).skipBytes(3);
    in.writeBytes(bytes, at, length);
    try {
      parser.parse(in, recorder);
      assertThat(in.isReadable()).isFalse();
    } finally {
      in.release();
    }
  }

  private static long used(UnpooledByteBufAllocator alloc) {
    return alloc.metric().usedDirectMemory() + alloc.metric().usedHeapMemory();
  }
}
