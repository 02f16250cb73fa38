package io.pushrod.codec.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The scanner accepts what Jackson accepts of strictly decoded text, and what walks its output
/// sees the members that Jackson sees.
public final class JsonFuzz {
  private static final JsonFactory JACKSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(JsonScanner.MAX_DEPTH).build())
          .build();

  private JsonFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    ByteBuf heap = Unpooled.wrappedBuffer(input);
    boolean accepted;
    boolean compact = false;
    try {
      compact = JsonScanner.check(heap, 0, input.length);
      accepted = true;
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      accepted = false;
    }
    if (!hasLoneSurrogate(input)) {
      Claim.equal(accepted, jacksonAccepts(input), "agrees with Jackson");
    }
    if (accepted) {
      compacted(heap, input.length, compact);
      walked(heap, input.length);
    }
  }

  /// Jackson refuses escaped halves of surrogate pairs in places; RFC 8259 section 8.2 allows them.
  private static boolean hasLoneSurrogate(byte[] input) {
    String text = new String(input, UTF_8);
    int at = text.indexOf("\\u");
    while (at >= 0) {
      if (at + 3 < text.length() && "dD".indexOf(text.charAt(at + 2)) >= 0) {
        return true;
      }
      at = text.indexOf("\\u", at + 1);
    }
    return false;
  }

  private static boolean jacksonAccepts(byte[] input) {
    if (!Utf8Fuzz.jdkAccepts(input)) {
      return false;
    }
    int depth = 0;
    int roots = 0;
    try (JsonParser parser = JACKSON.createParser(new String(input, UTF_8))) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        roots += depth == 0 ? 1 : 0;
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        var _ = token.isScalarValue() ? parser.getText() : "";
      }
      return roots == 1;
    } catch (IOException e) {
      return false;
    }
  }

  private static void compacted(ByteBuf json, int length, boolean compact) {
    ByteBuf out = Unpooled.buffer(length);
    JsonScanner.compact(json, 0, length, out);
    Claim.that(out.readableBytes() <= length, "compact text is no longer");
    Claim.equal(out.readableBytes() == length, compact, "compact text is kept");
    Claim.that(JsonScanner.check(out, 0, out.readableBytes()), "compact text is compact");
    ByteBuf direct = Unpooled.directBuffer(length).writeBytes(json, 0, length);
    try {
      Claim.equal(JsonScanner.check(direct, 0, length), compact, "off the heap");
    } finally {
      direct.release();
    }
  }

  private static void walked(ByteBuf json, int length) {
    if (JsonMembers.isObject(json, 0, length)) {
      List<String> names = new ArrayList<>();
      JsonMembers members = new JsonMembers().reset(json, 0, length);
      while (members.next()) {
        names.add(JsonStrings.decode(json, members.nameOffset() - 1, members.nameLength() + 2));
        value(json, members.valueOffset(), members.valueLength());
      }
      if (!hasLoneSurrogate(json.array())) {
        Claim.equal(names, jacksonNames(json.toString(0, length, UTF_8)), "names");
      }
    }
  }

  private static void value(ByteBuf json, int offset, int length) {
    Claim.that(length > 0, "a value has bytes");
    byte first = json.getByte(offset);
    if (first == '"') {
      var text = JsonStrings.decode(json, offset, length);
      ByteBuf out = Unpooled.buffer(length);
      JsonStrings.write(out, text);
      Claim.that(JsonScanner.check(out, 0, out.readableBytes()), "a string is written as JSON");
    } else if (first == '[') {
      JsonElements elements = new JsonElements(json, offset, length);
      while (elements.next()) {
        value(json, elements.valueOffset(), elements.valueLength());
      }
    }
    var _ = JsonScanner.check("value", json, offset, length);
  }

  private static List<String> jacksonNames(String text) {
    List<String> names = new ArrayList<>();
    try (JsonParser parser = JACKSON.createParser(text)) {
      var _ = parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        names.add(parser.currentName());
        parser.nextToken();
        parser.skipChildren();
      }
    } catch (IOException e) {
      throw new AssertionError("Jackson accepted it before", e);
    }
    return names;
  }
}
