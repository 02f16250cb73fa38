package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bodies are written with single quotes here.
class SendRequestTest {
  @Test
  void takesTheTopicFromThePath() {
    SendRequest request = parse("{'type':'user_message','data':[1]}");
    assertThat(request.topic()).isEqualTo("thread/42");
    assertThat(request.payload()).isEqualTo("{\"type\":\"user_message\",\"data\":[1]}");
    assertThat(parse("{'type':'user_message','data':[1],'topic':'thread/42'}")).isEqualTo(request);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'x','topic':'thread/43'} | BAD_TOPIC | topic: not that of the path (expected: the same, or none)",
        "{'type':'x','topic':42}          | BAD_TOPIC | topic: not a string (expected: a string)",
        "{'data':{}}                      | BAD_TYPE  | type: missing (expected: a string)",
        "{'type':'x','run_id':''}         | BAD_ID    | run_id: 0 characters (expected: 1-255 printable ASCII characters without \" and \\)",
        "{'type':'x','data':}             | BAD_JSON  | body: byte 19 (expected: a value)",
        "['x']                            | BAD_REQUEST | body: not an object (expected: an object)",
      })
  void refusesWhatIsWrong(String text, ErrorCode code, String message) {
    assertThatExceptionOfType(RequestException.class)
        .isThrownBy(() -> parse(text))
        .withMessage(message)
        .extracting(RequestException::code)
        .isEqualTo(code);
  }

  private static SendRequest parse(String text) {
    ByteBuf body = Unpooled.copiedBuffer(text.replace('\'', '"'), UTF_8);
    return SendRequest.parse("thread/42", body, 0, body.readableBytes());
  }
}
