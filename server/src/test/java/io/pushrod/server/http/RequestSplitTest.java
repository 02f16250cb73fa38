package io.pushrod.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Random valid requests one behind the other, cut anywhere, mean the same; and garbage behind them
/// is refused at the same place.
class RequestSplitTest {
  private static final String[] GARBAGE = {
    "\u0000\u0001\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
    "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(3_000) + "\r\n b\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;\r\na\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n",
    "GET /" + "a".repeat(2_000) + " HTTP/1.1\r\n",
  };

  @Property(tries = 150)
  void anySplitDecodesTheSame(@ForAll long seed) {
    Random random = new Random(seed);
    int requests = 1 + random.nextInt(4);
    List<String> whole = outcome(stream(random, requests), random);
    assertThat(whole).noneMatch(line -> line.startsWith("refused")).hasSize(2 * requests);
  }

  @Property(tries = 150)
  void garbageIsRefusedAtTheSamePlace(@ForAll long seed) {
    Random random = new Random(seed);
    int requests = random.nextInt(3);
    String garbage = GARBAGE[random.nextInt(GARBAGE.length)];
    List<String> whole = outcome(stream(random, requests) + garbage, random);
    assertThat(whole.subList(0, 2 * requests)).noneMatch(line -> line.startsWith("refused"));
    assertThat(whole.getLast()).as(garbage).startsWith("refused");
  }

  private static List<String> outcome(String text, Random random) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    List<String> whole = Decoded.of(bytes, bytes.length);
    assertThat(Decoded.of(bytes, 1)).as("byte by byte").isEqualTo(whole);
    for (int most : new int[] {3, 20, 200}) {
      int[] pieces = random.ints(16, 1, most + 1).toArray();
      assertThat(Decoded.of(bytes, pieces)).as("pieces").isEqualTo(whole);
    }
    return whole;
  }

  private static String stream(Random random, int requests) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < requests; i++) {
      out.append(random.nextInt(4) == 0 ? "\r\n" : "");
      String body = "b\r\n0\r\n\r\n".repeat(random.nextInt(9)) + "é".repeat(random.nextInt(30));
      switch (random.nextInt(3)) {
        case 0 -> out.append(head("GET", random)).append("\r\n");
        case 1 ->
            out.append(head("POST", random))
                .append("Content-Length: " + body.length() + "\r\n\r\n" + body);
        default -> {
          out.append(head("POST", random)).append("Transfer-Encoding: chunked\r\n\r\n");
          chunked(out, body, random);
        }
      }
    }
    return out.toString();
  }

  private static String head(String method, Random random) {
    return method
        + " /v1/x"
        + random.nextInt(99)
        + "?a=b HTTP/1.1\r\nHost: a:80\r\n"
        + "X-A:  v w \r\n".repeat(random.nextInt(3));
  }

  private static void chunked(StringBuilder out, String body, Random random) {
    for (int at = 0; at < body.length(); ) {
      int length = 1 + random.nextInt(body.length() - at);
      out.append(Integer.toHexString(length)).append(random.nextBoolean() ? ";x=y" : "");
      out.append("\r\n").append(body, at, at + length).append("\r\n");
      at += length;
    }
    out.append("0\r\n").append(random.nextBoolean() ? "T: v\r\n" : "").append("\r\n");
  }
}
