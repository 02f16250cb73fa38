package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicReadersTest {
  private static @Nullable TopicReaders parse(String json) {
    ByteBuf bytes = Unpooled.copiedBuffer("x" + json, UTF_8);
    return TopicReaders.parse(bytes, 1, bytes.readableBytes() - 1);
  }

  private static String names(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"u" + i + "\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static void refuses(String json, ErrorCode code, String message) {
    assertThatExceptionOfType(RequestException.class)
        .isThrownBy(() -> parse(json))
        .matches(e -> e.code() == code)
        .withMessage(message);
  }

  @Test
  void readsUsersAndRoles() {
    assertThat(parse(" {\"roles\": [\"support\"], \"users\": [\"ann\", \"b\\u00f6b\", \"ann\"]} "))
        .isEqualTo(new TopicReaders(Set.of("ann", "böb"), Set.of("support")));
  }

  @Test
  void eitherMayBeMissing() {
    assertThat(parse("{\"users\":[]}")).isEqualTo(new TopicReaders(Set.of(), Set.of()));
    assertThat(parse("{\"roles\":[\"r\"]}")).isEqualTo(new TopicReaders(Set.of(), Set.of("r")));
  }

  @Test
  void nullWithdraws() {
    assertThat(parse(" null ")).isNull();
  }

  @Test
  void takesAsManyAsAreAllowed() {
    assertThat(parse("{\"users\":" + names(1_000) + ",\"roles\":" + names(100) + "}"))
        .matches(readers -> readers.users().size() == 1_000 && readers.roles().size() == 100);
  }

  @Test
  void refusesTooMany() {
    refuses(
        "{\"users\":" + names(1_001) + "}",
        ErrorCode.TOO_LARGE,
        "users: more than 1000 (expected: <= 1000)");
    refuses(
        "{\"roles\":" + names(101) + "}",
        ErrorCode.TOO_LARGE,
        "roles: more than 100 (expected: <= 100)");
  }

  @Test
  void boundsANameInBytes() {
    String most = "ä".repeat(127) + "a";
    assertThat(parse("{\"users\":[\"" + most + "\"]}"))
        .isEqualTo(new TopicReaders(Set.of(most), Set.of()));
    refuses(
        "{\"users\":[\"" + most + "a\"]}",
        ErrorCode.BAD_REQUEST,
        "users: element 0 (expected: 1-255 bytes of Unicode)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "7",
        "nul",
        "{\"users\":null}",
        "{\"users\":[\"\"]}",
        "{\"users\":[[\"ann\"]]}",
        "{\"users\":[\"\\ud800\"]}",
        "{\"users\":[\"ann\"],\"group\":[]}"
      })
  void refusesWhatIsNone(String json) {
    assertThatExceptionOfType(RequestException.class).isThrownBy(() -> parse(json));
  }

  @Test
  void readsWhatItWrites() {
    List<String> users = List.of("ann", "a \"quoted\" name", "back\\slash", "ü\n");
    ByteBuf json = Unpooled.wrappedBuffer(TopicReaders.json(users, List.of()));
    assertThat(TopicReaders.parse(json, 0, json.readableBytes()))
        .isEqualTo(new TopicReaders(Set.copyOf(users), Set.of()));
  }
}
