package io.pushrod.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pushrod.server.config.ServerConfig.Format;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogLineTest {
  private static final String HOSTILE =
      "a\r\n2026-01-01 ERROR forged \"}{\u0000\u001b[31m\u0085\u2028\u2029\u202e\ud800 é";

  private final LoggerContext context = new LoggerContext();

  private String line(Format format, String message, @Nullable Throwable thrown) {
    LoggingEvent event =
        new LoggingEvent(
            "caller", context.getLogger("io.pushrod.Some"), Level.DEBUG, message, thrown, null);
    event.setTimeStamp(1_795_241_760_123L);
    event.setThreadName("loop-1");
    event.setKeyValuePairs(List.of(new KeyValuePair("connection", "0a1b2c3d")));
    return new String(Logging.encoder(format, context).encode(event), UTF_8);
  }

  private static Map<String, String> members(String json) throws IOException {
    Map<String, String> members = new HashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        members.put(name, String.valueOf(parser.nextTextValue()));
      }
      assertThat(parser.nextToken()).isNull();
    }
    return members;
  }

  @Test
  void textNamesTheConnection() {
    assertThat(line(Format.TEXT, "opened: sse", null))
        .isEqualTo("2026-11-21T06:16:00.123Z DEBUG Some [0a1b2c3d]: opened: sse\n");
  }

  @Test
  void jsonNamesTheConnection() throws IOException {
    assertThat(members(line(Format.JSON, "opened: sse", null)))
        .isEqualTo(
            Map.of(
                "time", "2026-11-21T06:16:00.123Z",
                "level", "debug",
                "logger", "io.pushrod.Some",
                "thread", "loop-1",
                "connection", "0a1b2c3d",
                "message", "opened: sse"));
  }

  @Test
  void hostileTextBeginsNoLine() throws IOException {
    for (Format format : Format.values()) {
      String line = line(format, HOSTILE, null);
      assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
      assertThat(line.substring(0, line.length() - 1)).matches("[ -~]*");
    }
    assertThat(members(line(Format.JSON, HOSTILE, null)).get("message")).isEqualTo(HOSTILE);
  }

  @Test
  void hostileTextOfAnExceptionBeginsNoLine() throws IOException {
    Throwable thrown =
        new IllegalStateException(HOSTILE, new IllegalArgumentException("cause" + HOSTILE));
    String[] text = line(Format.TEXT, "failed", thrown).split("\n", -1);
    assertThat(text[0]).endsWith("failed");
    for (int i = 1; i < text.length - 1; i++) {
      assertThat(text[i]).matches("\t[\t -~]*");
    }
    String json = line(Format.JSON, "failed", thrown);
    assertThat(json.indexOf('\n')).isEqualTo(json.length() - 1);
    assertThat(members(json).get("stack")).contains("LogLineTest", "IllegalArgumentException");
  }
}
