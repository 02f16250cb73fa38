package io.pushrod.codec.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.deflate.BlockDeflater;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Section numbers are those of RFC 7692.
class PerMessageDeflateTest {
  private static final int LIMIT_BYTES = 70_000;

  private MessageInflater inflater = new MessageInflater(true);

  @AfterEach
  void freesNativeMemory() {
    inflater.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permessage-deflate | permessage-deflate",
        "permessage-deflate; client_max_window_bits | permessage-deflate",
        "permessage-deflate; server_max_window_bits=8 | permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=\"10\" | permessage-deflate; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=16, permessage-deflate | permessage-deflate",
        "x-other, permessage-deflate; server_no_context_takeover; client_no_context_takeover "
            + "| permessage-deflate; server_no_context_takeover; client_no_context_takeover",
      })
  void agreesToTheFirstOfferThatItCanHonour(String offers, String answer) {
    DeflateParameters agreed = DeflateParameters.negotiate(List.of(offers));
    assertThat(agreed).extracting(DeflateParameters::header).isEqualTo(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x-webkit-deflate-frame",
        "permessage-deflate; unknown",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=010",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
      })
  void declinesWhatItCannotHonour(String offer) {
    assertThat(DeflateParameters.negotiate(List.of(offer))).isNull();
  }

  @Test
  void readsTheExamplesOfSection72() {
    assertThat(parse("c1 07 f2 48 cd c9 c9 07 00")).containsExactly("text Hello");
    assertThat(parse("41 03 f2 48 cd", "80 04 c9 c9 07 00")).containsExactly("text Hello");
    assertThat(parse("c1 07 f2 48 cd c9 c9 07 00", "c1 05 f2 00 11 00 00"))
        .containsExactly("text Hello", "text Hello");
    assertThat(parse("c1 08 f3 48 cd c9 c9 07 00 00")).containsExactly("text Hello");
    assertThat(parse("41 03 f2 48 cd", "89 01 70", "80 04 c9 c9 07 00"))
        .containsExactly("ping p", "text Hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"c9 00", "a1 00", "41 00 c0 00", "c0 00"})
  void refusesTheCompressedBitWhereNoMessageOpens(String frames) {
    assertThat(parse(frames)).containsExactly("refused PROTOCOL_ERROR");
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 9, 12, 15})
  void staysWithinTheWindowThatWasAgreedOn(int bits) throws Exception {
    byte[] plain = new byte[50_000];
    Random random = new Random(bits);
    for (int i = 0; i < plain.length; i++) {
      plain[i] =
          i > 300 && random.nextInt(8) > 0 ? plain[i - 300 + bits] : (byte) random.nextInt(4);
    }
    ByteBuf out = Unpooled.buffer();
    try (var deflater = new BlockDeflater(6)) {
      deflater.write(out, Unpooled.wrappedBuffer(plain), 0, plain.length, 1 << bits);
    }
    byte[] compressed = new byte[out.readableBytes()];
    out.readBytes(compressed);
    var inflater = new com.jcraft.jzlib.Inflater(bits, true);
    byte[] got = new byte[plain.length];
    inflater.setInput(compressed);
    inflater.setOutput(got);
    int _ = inflater.inflate(com.jcraft.jzlib.JZlib.Z_SYNC_FLUSH);
    assertThat(got).isEqualTo(plain);
  }

  @Test
  void refusesABombOnceItHasGrownPastTheLimit() {
    byte[] bomb = frame(new byte[1 << 20]);
    assertThat(bomb).hasSizeLessThan(2000);
    assertThat(outcome(bomb)).containsExactly("refused FRAME_TOO_BIG");
  }

  @Test
  void takesAMessageOfExactlyTheLimit() {
    byte[] plain = new byte[LIMIT_BYTES];
    Arrays.fill(plain, (byte) 'x');
    assertThat(outcome(frame(plain))).containsExactly("text " + new String(plain, US_ASCII));
    assertThat(outcome(frame(Arrays.copyOf(plain, LIMIT_BYTES + 1))))
        .containsExactly("refused FRAME_TOO_BIG");
  }

  @Test
  void checksTheTextThatCameOut() {
    assertThat(outcome(frame(new byte[] {'a', (byte) 0xff}))).containsExactly("refused BAD_UTF8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"c1 03 ff ff ff", "c1 02 06 00", "41 01 07 80 02 ff 00"})
  void refusesWhatIsNoDeflateStream(String frames) {
    assertThat(parse(frames)).containsExactly("refused PROTOCOL_ERROR");
  }

  @Test
  void oneInflaterServesMessagesThatStandAlone() {
    byte[] hello = frame("Hello".getBytes(US_ASCII));
    byte[] twice = Arrays.copyOf(hello, 2 * hello.length);
    System.arraycopy(hello, 0, twice, hello.length, hello.length);
    assertThat(outcome(twice)).containsExactly("text Hello", "text Hello");
    assertThat(parse("c1 03 ff ff ff")).containsExactly("refused PROTOCOL_ERROR");
    assertThat(outcome(hello)).containsExactly("text Hello");
  }

  @Test
  void asksBothSidesToForgetWhateverWasOffered() {
    List<String> offers =
        List.of("permessage-deflate; server_max_window_bits=12; client_max_window_bits");
    assertThat(DeflateParameters.negotiate(offers))
        .extracting(agreed -> agreed.withoutTakeover().header())
        .isEqualTo(
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                + "server_max_window_bits=12");
  }

  @Test
  void writesAnEmptyMessageAsSection73() {
    ByteBuf out = Unpooled.buffer();
    WebSocketFrames.writeCompressed(out, true, Unpooled.EMPTY_BUFFER);
    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("c10100");
  }

  @Test
  void refusesMoreFragmentsThanTheLimit() {
    WebSocketParser parser = WebSocketParser.ofClientFrames(100, 3);
    byte[] frames = HexFormat.of().parseHex("018000000000" + "008000000000".repeat(3));
    ProtocolException refusal =
        catchThrowableOfType(
            ProtocolException.class,
            () -> parser.parse(Unpooled.wrappedBuffer(frames), new Recorder()));
    parser.release();
    assertThat(refusal.reason()).isEqualTo(CloseReason.POLICY);
  }

  /// Masks the frames with the key 0 and feeds them in all kinds of pieces.
  private List<String> parse(String... frames) {
    ByteBuf out = Unpooled.buffer();
    for (String each : frames) {
      byte[] frame = HexFormat.of().parseHex(each.replace(" ", ""));
      for (int at = 0; at < frame.length; ) {
        int length = frame[at + 1];
        out.writeByte(frame[at]).writeByte(0x80 | length).writeInt(0);
        out.writeBytes(frame, at + 2, length);
        at += 2 + length;
      }
    }
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return outcome(bytes);
  }

  /// One compressed text as a client sends it, masked with the key 0.
  private static byte[] frame(byte[] plain) {
    ByteBuf blocks = Unpooled.buffer();
    try (var deflater = new BlockDeflater(6)) {
      deflater.write(
          blocks, Unpooled.wrappedBuffer(plain), 0, plain.length, BlockDeflater.MAX_WINDOW_BYTES);
    }
    int length = blocks.readableBytes() - BlockDeflater.TAIL_BYTES;
    ByteBuf out = Unpooled.buffer();
    out.writeByte(0xc1);
    if (length < 126) {
      out.writeByte(0x80 | length);
    } else {
      out.writeByte(0x80 | 126).writeShort(length);
    }
    out.writeInt(0).writeBytes(blocks, length);
    return ByteBufUtil.getBytes(out);
  }

  private List<String> outcome(byte[] bytes) {
    return ParserVerifier.outcome(
        () -> {
          inflater.close();
          inflater = new MessageInflater(true);
          return WebSocketParser.ofCompressedClientFrames(LIMIT_BYTES, 0, inflater);
        },
        bytes);
  }
}
