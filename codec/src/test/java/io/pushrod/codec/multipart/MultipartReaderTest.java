package io.pushrod.codec.multipart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartReaderTest {
  private static final MultipartLimits LIMITS = new MultipartLimits(4, 400, 20, 100, 200);

  private static final String[] CONTENT = {
    "a",
    "\r",
    "\n",
    "\r\n",
    "--",
    "-",
    "B",
    "--B",
    "\r\n--",
    "\r\n-",
    "\r\n--b",
    "\r\r\n--",
    "é",
    ""
  };

  private static String part(String headers, String content) {
    return "--B\r\n" + headers + "\r\n\r\n" + content + "\r\n";
  }

  private static String field(String name, String value) {
    return part("Content-Disposition: form-data; name=\"" + name + "\"", value);
  }

  private static String file(String filename, String content) {
    return part(
        "Content-Disposition: form-data; name=\"files\"; filename=\""
            + filename
            + "\"\r\n"
            + "Content-Type: text/plain",
        content);
  }

  private static List<String> heard(String body) {
    return heard(body, Integer.MAX_VALUE);
  }

  private static List<String> heard(String body, int pieceBytes) {
    byte[] bytes = body.getBytes(UTF_8);
    Recorder heard = new Recorder();
    MultipartReader reader = new MultipartReader("B", LIMITS, heard);
    for (int at = 0; at < bytes.length; at += Math.min(pieceBytes, bytes.length)) {
      ByteBuf in = Unpooled.wrappedBuffer(bytes, at, Math.min(pieceBytes, bytes.length - at));
      reader.read(in);
      assertThat(in.isReadable()).isFalse();
    }
    reader.end();
    return heard.parts;
  }

  private static ErrorCode refusal(String body) {
    return catchThrowableOfType(RequestException.class, () -> heard(body)).code();
  }

  @Test
  void readsFieldsAndFilesInTheirOrder() {
    assertThat(heard(field("message", "hi\r\nyou") + file("a.txt", "line\r\n") + "--B--\r\n"))
        .containsExactly("message=hi\r\nyou", "files a.txt text/plain [line\r\n]");
  }

  @Test
  void readsEmptyPartsAndNone() {
    assertThat(heard(field("m", "") + file("", "") + "--B--"))
        .containsExactly("m=", "files  text/plain []");
    assertThat(heard("--B--")).isEmpty();
  }

  @Test
  void skipsWhatIsBeforeAndBehind() {
    assertThat(heard("old reader\r\n" + field("m", "1") + "--B--  \r\nbye --B\r\n"))
        .containsExactly("m=1");
  }

  @Test
  void takesNoBoundaryInsideALineForOne() {
    assertThat(heard(field("m", "x--B\n--B\r--B\r\n-B") + "--B--"))
        .containsExactly("m=x--B\n--B\r--B\r\n-B");
  }

  @Property(tries = 500)
  void readsTheSameInPiecesOfAnySize(@ForAll Random random) {
    StringBuilder content = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      content.append(CONTENT[random.nextInt(CONTENT.length)]);
    }
    String body = field("m", "v") + file("f", "" + content) + "--B--\r\n";
    List<String> whole;
    try {
      whole = heard(body);
    } catch (RequestException e) {
      assertThatThrownBy(() -> heard(body, 1)).hasMessage(e.getMessage());
      return;
    }
    assertThat(heard(body, 1)).isEqualTo(whole);
    assertThat(heard(body, 1 + random.nextInt(40))).isEqualTo(whole);
  }

  @Test
  void readsFileNamesAsTheyAreSent() {
    assertThat(heard(file("../\\\"naïve\\\".txt", "x") + "--B--"))
        .containsExactly("files ../\"naïve\".txt text/plain [x]");
    assertThat(heard(file("C:\\temp\\a.txt", "x") + "--B--"))
        .containsExactly("files C:\\temp\\a.txt text/plain [x]");
    assertThat(
            heard(
                part(
                        "content-disposition: Form-Data; NAME=f; filename=x;"
                            + " filename*=UTF-8''na%C3%AFve.txt",
                        "x")
                    + "--B--"))
        .containsExactly("f naïve.txt  [x]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--B",
        "--B\r\n",
        "--B-\r\n",
        "--Bx\r\n",
        "--B\n\r\n",
        "--B\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a\n\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a\u0000\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a\r\nContent-Type: a\r\ncontent-type: b\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a; filename*=latin1''x\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a; filename*=utf-8''%C3\r\n\r\nx\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B"
      })
  void refusesWhatIsNoFormData(String body) {
    assertThat(refusal(body)).isEqualTo(ErrorCode.BAD_REQUEST);
  }

  @Test
  void refusesAFieldThatIsNotUtf8() {
    Recorder heard = new Recorder();
    MultipartReader reader = new MultipartReader("B", LIMITS, heard);
    byte[] body = (field("m", "?") + "--B--").getBytes(UTF_8);
    body[new String(body, UTF_8).indexOf('?')] = (byte) 0xFF;
    assertThatThrownBy(() -> reader.read(Unpooled.wrappedBuffer(body)))
        .hasMessageStartingWith("multipart: a field (expected: UTF-8");
  }

  @Test
  void refusesMoreOfAnythingThanItsBound() {
    String end = "--B--";
    assertThat(heard(field("m", "x".repeat(100)) + end)).hasSize(1);
    assertThat(refusal(field("m", "x".repeat(50)) + field("n", "x".repeat(51)) + end))
        .isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(heard(file("f", "x".repeat(200)) + file("g", "x".repeat(200)) + end)).hasSize(2);
    assertThat(refusal(file("f", "x".repeat(201)) + end)).isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(heard(field("m", "").repeat(4) + end)).hasSize(4);
    assertThat(refusal(field("m", "").repeat(5) + end)).isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(heard(field("m".repeat(20), "") + end)).hasSize(1);
    assertThat(refusal(field("m".repeat(21), "") + end)).isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(refusal(file("f".repeat(400), "") + end)).isEqualTo(ErrorCode.TOO_LARGE);
  }

  @Test
  void findsTheBoundary() {
    assertThat(MultipartReader.boundary(null)).isNull();
    assertThat(MultipartReader.boundary("application/json")).isNull();
    assertThat(MultipartReader.boundary("multipart/form-datax; boundary=x")).isNull();
    assertThat(MultipartReader.boundary("multipart/form-data; boundary=x")).isEqualTo("x");
    assertThat(MultipartReader.boundary("Multipart/Form-Data; charset=UTF-8; Boundary=\"a b?\""))
        .isEqualTo("a b?");
    assertThatThrownBy(() -> MultipartReader.boundary("multipart/form-data"))
        .isInstanceOf(RequestException.class);
    assertThatThrownBy(() -> MultipartReader.boundary("multipart/form-data; boundary=a\rb"))
        .isInstanceOf(RequestException.class);
    assertThatThrownBy(
            () -> MultipartReader.boundary("multipart/form-data; boundary=" + "x".repeat(71)))
        .isInstanceOf(RequestException.class);
  }

  private static final class Recorder implements MultipartListener {
    private final List<String> parts = new ArrayList<>();
    private final ByteBuf content = Unpooled.buffer();
    private String file = "";

    @Override
    public void onField(String name, String value) {
      parts.add(name + "=" + value);
    }

    @Override
    public void onFile(String name, String filename, String contentType) {
      file = name + " " + filename + " " + contentType;
      content.clear();
    }

    @Override
    public void onPiece(ByteBuf piece) {
      content.writeBytes(piece);
    }

    @Override
    public void onFileEnd() {
      parts.add(file + " [" + content.toString(UTF_8) + "]");
    }
  }
}
