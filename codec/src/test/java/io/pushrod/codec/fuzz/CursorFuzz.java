package io.pushrod.codec.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CompositeCursor;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.StartSpelling;
import io.pushrod.codec.TopicName;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Every way to say where to continue: refused as `bad_cursor`, or read and written back.
public final class CursorFuzz {
  private CursorFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, UTF_8);
    Cursor cursor = parsed(text, Cursor::parse);
    if (cursor != null) {
      Claim.that(cursor.epoch() > 0 && cursor.sequence() >= 0, "a cursor is within its range");
      Claim.equal(Cursor.parse(cursor.toString()), cursor, "written back");
    }
    CompositeCursor composite = parsed(text, CompositeCursor::parse);
    if (composite != null) {
      Claim.that(composite.cursors().size() <= CompositeCursor.MAX_TOPICS, "bounded");
      Claim.that(composite.cursors().keySet().stream().allMatch(TopicName::isValid), "topics");
      Claim.that(CompositeCursor.isComposite(text), "told apart from a bare cursor");
      Claim.equal(CompositeCursor.parse(composite.toString()), composite, "written back");
      ByteBuf out = Unpooled.buffer();
      composite.write(out);
      Claim.equal(out.toString(UTF_8), composite.toString(), "both writers agree");
    }
    for (StartSpelling spelling : StartSpelling.values()) {
      StartPoint start = parsed(text, spelling::parse);
      if (start instanceof StartPoint.AfterSequence after) {
        Claim.that(after.sequence() >= 0, "a sequence is not negative");
      }
    }
  }

  private static <T> @Nullable T parsed(String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (RequestException e) {
      Claim.equal(e.code(), ErrorCode.BAD_CURSOR, "code");
      Claim.bounded(String.valueOf(e.getMessage()));
      return null;
    }
  }
}
