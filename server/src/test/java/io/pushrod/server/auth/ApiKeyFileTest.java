package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeyFileTest {
  @TempDir Path folder;
  private ApiKeyFile file;

  @BeforeEach
  void open() {
    file = new ApiKeyFile(folder);
  }

  static ApiKey.Created key(String name) {
    return ApiKey.create(
        name,
        new TokenRequest(
            "acme",
            "ann",
            List.of("x"),
            List.of("thread/*"),
            List.of("*"),
            List.of("run/*"),
            List.of("other"),
            Duration.ofHours(1)),
        1_795_241_760_123L);
  }

  @Test
  void keepsWhatItWasGiven() throws IOException {
    ApiKey first = key("a \"b\" \u00e4").key();
    ApiKey second = key("second").key();
    file.add(first);
    file.add(second);
    assertThat(file.load()).containsExactly(first, second);

    assertThat(file.remove(first.id())).contains(first);
    assertThat(file.remove(first.id())).isEmpty();
    assertThat(file.load()).containsExactly(second);
  }

  @Test
  void holdsNoKeysWhenThereIsNoFile() throws IOException {
    assertThat(file.load()).isEmpty();
    assertThat(file.stamp()).isNull();
  }

  @Test
  void keepsNoSecret() throws IOException {
    ApiKey.Created created = key("a");
    file.add(created.key());
    String secret = created.secret().substring(created.key().id().length() + 1);
    assertThat(created.secret()).matches("prk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}");
    assertThat(Files.readString(file.path())).contains(created.key().id()).doesNotContain(secret);
    assertThat(created.toString() + created.key())
        .doesNotContain(secret)
        .doesNotContain(created.key().sha256());
  }

  @Test
  void isItsOwnersAlone() throws IOException {
    file.add(key("a").key());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString("rw-rw----"));
    assertThatIOException().isThrownBy(file::load).withMessageContaining("chmod 600");
  }

  @Test
  void losesNothingWhenSeveralWriteAtOnce() {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int w = 0; w < 4; w++) {
        int writer = w;
        var _ =
            threads.submit(
                () -> IntStream.range(0, 10).forEach(i -> add(key(writer + "-" + i).key())));
      }
    }
    assertThat(load()).hasSize(40);
    try (Stream<Path> files = Files.list(folder.resolve(".pushrod"))) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("api-keys", "api-keys.lock");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void add(ApiKey key) {
    try {
      new ApiKeyFile(folder).add(key);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<ApiKey> load() {
    try {
      return file.load();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void refusesAFileWithOneBadLine() throws IOException {
    ApiKey key = key("a").key();
    file.add(key);
    String good = Files.readString(file.path());
    for (String bad :
        List.of(
            "{",
            "[]",
            "null",
            good.substring(0, good.length() / 2),
            good,
            good.replace("\"tenant\":\"acme\"", "\"tenant\":\"a b\""),
            good.replace("\"tenant\":\"acme\"", "\"tenant\":7"),
            good.replace("[\"*\"]", "[\"a b\"]"),
            good.replace("\"sha256\":\"", "\"sha256\":\"0"),
            good.replace("\"name\"", "\"nome\""))) {
      Files.writeString(file.path(), good + bad);
      assertThatIOException()
          .as(bad)
          .isThrownBy(file::load)
          .withMessageContaining(file.path().toString())
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain(key.sha256()));
    }
    Files.writeString(file.path(), good);
    assertThat(file.load()).containsExactly(key);
  }

  @Test
  void isBounded() throws IOException {
    file.add(key("a").key());
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i < ApiKeyFile.MAX_KEYS; i++) {
      lines.append(key("k" + i).key().line()).append('\n');
    }
    Files.writeString(file.path(), lines, StandardOpenOption.APPEND);
    assertThat(file.load()).hasSize(ApiKeyFile.MAX_KEYS);
    assertThatIOException()
        .isThrownBy(() -> file.add(key("one more").key()))
        .withMessageContaining("10001 (expected: <= 10000");
    Files.writeString(file.path(), key("one more").key().line(), StandardOpenOption.APPEND);
    assertThatIOException().isThrownBy(file::load).withMessageContaining("more than 10000 keys");
  }
}
