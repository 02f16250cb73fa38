package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.multipart.MultipartLimits;
import io.pushrod.codec.multipart.MultipartListener;
import io.pushrod.codec.multipart.MultipartReader;
import java.util.ArrayList;
import java.util.List;

/// Form data, whole and cut: the same parts, none beyond its bound.
public final class MultipartFuzz {
  private static final MultipartLimits LIMITS = new MultipartLimits(5, 256, 32, 64, 128);

  private MultipartFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    List<String> whole = heard(input, Math.max(1, input.length));
    Claim.equal(heard(input, 1), whole, "byte by byte");
    Claim.equal(heard(input, 7), whole, "in pieces");
  }

  private static List<String> heard(byte[] input, int pieceBytes) {
    Recorder heard = new Recorder();
    MultipartReader reader = new MultipartReader("B", LIMITS, heard);
    try {
      for (int at = 0; at < input.length; at += pieceBytes) {
        ByteBuf in = Unpooled.wrappedBuffer(input, at, Math.min(pieceBytes, input.length - at));
        reader.read(in);
        Claim.that(!in.isReadable(), "all is read");
      }
      reader.end();
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      heard.all.add(e.code().name() + e.getMessage());
    }
    Claim.that(heard.begun <= LIMITS.parts(), "parts are bounded");
    return heard.all;
  }

  private static final class Recorder implements MultipartListener {
    private final List<String> all = new ArrayList<>();
    private final ByteBuf content = Unpooled.buffer();
    private int begun;

    @Override
    public void onField(String name, String value) {
      begun++;
      Claim.that(value.length() <= LIMITS.fieldBytes(), "a field is bounded");
      all.add(name + "=" + value);
    }

    @Override
    public void onFile(String name, String filename, String contentType) {
      begun++;
      content.clear();
      all.add(name + "|" + filename + "|" + contentType);
    }

    @Override
    public void onPiece(ByteBuf piece) {
      Claim.that(piece.isReadable(), "a piece is not empty");
      content.writeBytes(piece);
      Claim.that(content.readableBytes() <= LIMITS.fileBytes(), "a file is bounded");
    }

    @Override
    public void onFileEnd() {
      all.add(Bytes.hex(content, 0, content.writerIndex()));
    }
  }
}
