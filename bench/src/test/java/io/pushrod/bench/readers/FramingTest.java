package io.pushrod.bench.readers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class FramingTest {
  private static final String SSE =
      "retry: 3000\nid: e-1\ndata: {\"op\":\"welcome\"}\n\n:\n\nid: e-2\ndata: {\"seq\":2}\n\n";

  private static final List<String> SSE_RECORDS = List.of("{\"op\":\"welcome\"}", "{\"seq\":2}");

  /// Writes down what it is given.
  private static final class Log implements Records {
    final List<String> records = new ArrayList<>();

    @Override
    public void onText(byte[] bytes, int from, int to) {
      records.add(new String(bytes, from, to - from, ISO_8859_1));
    }

    @Override
    public void onDeflated(byte[] bytes, int from, int to) {
      records.add("deflated " + (to - from));
    }

    @Override
    public void onPing(byte[] bytes, int from, int to) {
      records.add("ping " + new String(bytes, from, to - from, ISO_8859_1));
    }

    @Override
    public void onEnd(boolean malformed) {
      records.add(malformed ? "malformed" : "end");
    }
  }

  @Test
  void cutsFramesHoweverTheyAreSplit() {
    String text = "x".repeat(200);
    byte[] stream =
        latin(
            "\u0081\u0002{}\u00C1\u0003abc\u0089\u0002hi\u008A\u0000\u0081~\u0000\u00C8"
                + text
                + "\u0088\u0000");
    everySplitYields(
        WebSocketFraming::new, stream, List.of("{}", "deflated 3", "ping hi", text, "end"));
  }

  @Test
  void refusesMaskedAndFragmentedFrames() {
    everySplitYields(WebSocketFraming::new, latin("\u0081\u0081abcde"), List.of("malformed"));
    everySplitYields(WebSocketFraming::new, latin("\u0001\u0001a"), List.of("malformed"));
  }

  @Test
  void cutsPlainEventStreamsHoweverTheyAreSplit() {
    everySplitYields(() -> new SseFraming(false), latin(SSE), SSE_RECORDS);
  }

  @Test
  void takesIdsOfEveryKindAndLinesWithoutBlankOrWithCarriageReturn() {
    String stream =
        String.join(
            "\n",
            List.of(
                ": hi",
                "",
                "id: 1795273439:0",
                "data: {\"seq\":1}",
                "",
                "id: urn:uuid:5",
                "event: e",
                "data:{\"seq\":2}",
                "",
                "id:7\r",
                "data: {\"seq\":3}\r",
                "\r",
                ""));
    everySplitYields(
        () -> new SseFraming(false),
        latin(stream),
        List.of("{\"seq\":1}", "{\"seq\":2}", "{\"seq\":3}"));
  }

  @Test
  void cutsChunkedEventStreamsHoweverTheyAreSplitAndChunked() {
    for (int size = 1; size <= SSE.length(); size += 3) {
      StringBuilder chunks = new StringBuilder();
      for (int from = 0; from < SSE.length(); from += size) {
        String chunk = SSE.substring(from, Math.min(SSE.length(), from + size));
        chunks
            .append(Integer.toHexString(chunk.length()))
            .append("\r\n")
            .append(chunk)
            .append("\r\n");
      }
      everySplitYields(() -> new SseFraming(true), latin(chunks.toString()), SSE_RECORDS);
    }
  }

  @Test
  void endsWithTheLastChunk() {
    everySplitYields(
        () -> new SseFraming(true), latin("9\r\ndata: {}\n\r\n0\r\n"), List.of("{}", "end"));
  }

  /// Feeds the stream in two pieces, cut at every place, and in single bytes.
  private static void everySplitYields(
      Supplier<Framing> framing, byte[] stream, List<String> records) {
    for (int cut = 0; cut <= stream.length; cut++) {
      assertThat(fed(framing.get(), stream, cut)).as("cut at %d", cut).isEqualTo(records);
    }
    int[] everywhere = new int[stream.length];
    Arrays.setAll(everywhere, i -> i);
    assertThat(fed(framing.get(), stream, everywhere)).as("bytewise").isEqualTo(records);
  }

  private static List<String> fed(Framing framing, byte[] stream, int... cuts) {
    Log log = new Log();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : stream.length;
      if (log.records.contains("end") || log.records.contains("malformed")) {
        break;
      }
      from = framing.feed(stream, from, to, log);
    }
    return log.records;
  }

  private static byte[] latin(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
