package io.pushrod.codec.multipart;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.Utf8;
import org.jspecify.annotations.Nullable;

/// Reads a body of form data, whatever pieces it comes in.
///
/// **Thread:** one at a time.
public final class MultipartReader {
  /*
   * A delimiter is CRLF, two hyphens and the boundary. CR stands at its start only, so where a
   * match breaks, nothing but the byte that broke it can begin another one: no table is needed.
   * What matched at the end of one input is remembered as its length, not as bytes; if the next
   * input breaks the match, that many bytes of the delimiter were content.
   *
   * The first delimiter needs no CRLF before it. RFC 2046 allows text before it and behind the
   * last one; both are skipped.
   */

  private enum State {
    PREAMBLE,
    /// Behind a delimiter: two hyphens, or the end of its line.
    DELIMITER,
    DELIMITER_HYPHEN,
    DELIMITER_CR,
    HEADERS,
    FIELD,
    FILE,
    EPILOGUE
  }

  private static final String TYPE = "multipart/form-data";
  private static final int MAX_BOUNDARY_LENGTH = 70;

  private final MultipartLimits limits;
  private final MultipartListener listener;
  private final byte[] delimiter;

  /// Bytes of the delimiter that matched up to here.
  private int matched = 2;

  private State state = State.PREAMBLE;
  private int parts;
  private int fieldBytes;
  private long fileBytes;
  private final ByteBuf held = Unpooled.buffer(256);
  private String fieldName = "";

  /// @param boundary as [#boundary] found it
  public MultipartReader(String boundary, MultipartLimits limits, MultipartListener listener) {
    this.limits = limits;
    this.listener = listener;
    this.delimiter = ("\r\n--" + boundary).getBytes(US_ASCII);
  }

  /// The boundary that a `Content-Type` names.
  ///
  /// @return null if the type is another one, or none
  /// @throws RequestException `BAD_REQUEST` for form data without a boundary of RFC 2046
  public static @Nullable String boundary(@Nullable String contentType) {
    if (contentType == null || !contentType.regionMatches(true, 0, TYPE, 0, TYPE.length())) {
      return null;
    }
    HeaderValue value = HeaderValue.parse(contentType);
    if (value != null && !value.value().equals(TYPE)) {
      return null;
    }
    String boundary = value == null ? null : value.parameters().get("boundary");
    if (boundary == null || !isBoundary(boundary)) {
      throw malformed("a content type without a boundary", "1-70 characters of RFC 2046");
    }
    return boundary;
  }

  private static boolean isBoundary(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_BOUNDARY_LENGTH
        && !text.endsWith(" ")
        && text.chars()
            .allMatch(
                c ->
                    (c >= '0' && c <= '9')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= 'a' && c <= 'z')
                        || "'()+_,-./:=? ".indexOf(c) >= 0);
  }

  /// Reads all of `in`, which stays the caller's.
  ///
  /// @throws RequestException `TOO_LARGE` for a bound that is passed, `BAD_REQUEST` for what is no
  ///   form data; the reader is of no use afterwards
  public void read(ByteBuf in) {
    while (in.isReadable()) {
      switch (state) {
        case PREAMBLE, FIELD, FILE -> content(in);
        case DELIMITER, DELIMITER_HYPHEN, DELIMITER_CR -> behindDelimiter(in.readByte());
        case HEADERS -> header(in.readByte());
        case EPILOGUE -> in.skipBytes(in.readableBytes());
      }
    }
  }

  /// The body is over.
  ///
  /// @throws RequestException `BAD_REQUEST` if it ended inside a part
  public void end() {
    if (state != State.EPILOGUE) {
      throw malformed("cut off", "a closing boundary");
    }
  }

  private void content(ByteBuf in) {
    int start = in.readerIndex();
    int end = in.writerIndex();
    int before = matched;
    int at = start;
    while (at < end) {
      if (matched == 0) {
        int cr = in.indexOf(at, end, (byte) '\r');
        matched = cr < 0 ? 0 : 1;
        at = cr < 0 ? end : cr + 1;
      } else if (in.getByte(at) != delimiter[matched]) {
        emit(Unpooled.wrappedBuffer(delimiter, 0, before));
        before = 0;
        matched = 0;
      } else {
        at++;
        matched++;
        if (matched == delimiter.length) {
          emit(in.slice(start, at - (matched - before) - start));
          in.readerIndex(at);
          endPart();
          return;
        }
      }
    }
    emit(in.slice(start, end - (matched - before) - start));
    in.readerIndex(end);
  }

  private void emit(ByteBuf piece) {
    int length = piece.readableBytes();
    if (length == 0) {
      return;
    }
    if (state == State.FILE) {
      fileBytes += length;
      bounded("a file", fileBytes, limits.fileBytes());
      listener.onPiece(piece);
    } else if (state == State.FIELD) {
      fieldBytes += length;
      bounded("fields", fieldBytes, limits.fieldBytes());
      held.writeBytes(piece);
    }
  }

  private void endPart() {
    if (state == State.FILE) {
      listener.onFileEnd();
    } else if (state == State.FIELD) {
      if (!Utf8.isValid(held, 0, held.writerIndex())) {
        throw malformed("a field", "UTF-8");
      }
      listener.onField(fieldName, held.toString(UTF_8));
      held.clear();
    }
    matched = 0;
    state = State.DELIMITER;
  }

  private void behindDelimiter(byte b) {
    if (state == State.DELIMITER_HYPHEN && b == '-') {
      state = State.EPILOGUE;
    } else if (state == State.DELIMITER_CR && b == '\n') {
      beginPart();
    } else if (state == State.DELIMITER && b == '-') {
      state = State.DELIMITER_HYPHEN;
    } else if (state == State.DELIMITER && b == '\r') {
      state = State.DELIMITER_CR;
    } else if (state != State.DELIMITER || (b != ' ' && b != '\t')) {
      throw malformed("a boundary's line", "its end, or --");
    }
  }

  private void beginPart() {
    parts++;
    bounded("parts", parts, limits.parts());
    state = State.HEADERS;
  }

  /// Gathers lines up to the empty one.
  private void header(byte b) {
    bounded("headers of a part", held.writerIndex() + 1, limits.headerBytes());
    int length = held.writerIndex();
    boolean afterCr = length > 0 && held.getByte(length - 1) == '\r';
    if (b == 0 || (b == '\n') != afterCr) {
      throw malformed("headers of a part", "lines that end in CRLF");
    }
    held.writeByte(b);
    boolean lineIsEmpty = length == 1 || (length > 2 && held.getByte(length - 2) == '\n');
    if (b == '\n' && lineIsEmpty) {
      byte[] lines = new byte[length - 1];
      held.getBytes(0, lines);
      held.clear();
      begin(PartHead.parse(lines, lines.length));
    }
  }

  private void begin(PartHead head) {
    bounded("the name of a part", head.name().getBytes(UTF_8).length, limits.nameBytes());
    String filename = head.filename();
    if (filename == null) {
      state = State.FIELD;
      fieldName = head.name();
    } else {
      state = State.FILE;
      fileBytes = 0;
      listener.onFile(head.name(), filename, head.contentType());
    }
  }

  private static void bounded(String what, long size, long limit) {
    if (size > limit) {
      throw new RequestException(
          ErrorCode.TOO_LARGE, "multipart: too much of " + what + " (expected: <= " + limit + ")");
    }
  }

  static RequestException malformed(String what, String expected) {
    return new RequestException(
        ErrorCode.BAD_REQUEST, "multipart: " + what + " (expected: " + expected + ")");
  }
}
