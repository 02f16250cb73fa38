package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevSecretTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_800_000_000_000L);
  @TempDir Path folder;

  private static TokenRequest request(String tenant) {
    return new TokenRequest(
        tenant,
        "ann",
        List.of(),
        List.of("*"),
        List.of(),
        List.of(),
        List.of(),
        Duration.ofHours(1));
  }

  private ServerConfig config() {
    return ServerConfig.with(true, "data_dir=" + folder);
  }

  @Test
  void isMadeOnceAndReadableByItsOwnerOnly() throws IOException {
    DevSecret made = DevSecret.loadOrCreate(folder);
    assertThat(made.created()).isTrue();
    assertThat(made.file()).isEqualTo(folder.resolve(".pushrod/dev-secret"));
    String text = Files.readString(made.file());
    assertThat(text).matches("[A-Za-z0-9_-]{43}\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.file())))
        .isEqualTo("rw-------");
    assertThat(DevSecret.loadOrCreate(folder).created()).isFalse();
    assertThat(Files.readString(made.file())).isEqualTo(text);
    try (var files = Files.list(folder.resolve(".pushrod"))) {
      assertThat(files).containsExactly(made.file());
    }
  }

  @Test
  void signsForAnyTenant() {
    String token =
        DevSecret.loadOrCreate(folder)
            .minter()
            .mint(request("acme"), config().auth().claims(), NOW);
    Verdict verdict = TokenVerifier.of(config()).verify(token, NOW.toEpochMilli());
    assertThat(((Accepted) verdict).identity().tenant()).isEqualTo("acme");
  }

  @Test
  void isASecretThatOtherLibrariesCanSignWith() {
    Path file = DevSecret.loadOrCreate(folder).file();
    String token =
        TokenMinter.ofFile(null, SignatureAlgorithm.HS256, file)
            .mint(request("t"), config().auth().claims(), NOW);
    assertThat(TokenVerifier.of(config()).verify(token, NOW.toEpochMilli()))
        .isInstanceOf(Accepted.class);
  }

  @Test
  void isTheSameForAllWhoMakeItAtOnce() {
    List<CompletableFuture<DevSecret>> makers =
        IntStream.range(0, 8)
            .mapToObj(_ -> CompletableFuture.supplyAsync(() -> DevSecret.loadOrCreate(folder)))
            .toList();
    List<String> tokens =
        makers.stream()
            .map(maker -> maker.join().minter().mint(request("t"), config().auth().claims(), NOW))
            .toList();
    TokenVerifier verifier = TokenVerifier.of(config());
    assertThat(tokens)
        .allSatisfy(
            token ->
                assertThat(verifier.verify(token, NOW.toEpochMilli()))
                    .isInstanceOf(Accepted.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw-rw-rw-", "rw--w----"})
  void isRefusedWhenOthersMayTouchIt(String permissions) throws IOException {
    Path file = DevSecret.loadOrCreate(folder).file();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    assertThatThrownBy(() -> DevSecret.loadOrCreate(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "dev secret: "
                + file
                + ": "
                + permissions
                + " (expected: readable by its owner only; chmod 600 it, or delete it for a new"
                + " one)");
  }

  @Test
  void isRefusedWhenDamaged() throws IOException {
    Path file = DevSecret.loadOrCreate(folder).file();
    Files.writeString(file, "short\n");
    assertThatThrownBy(() -> DevSecret.loadOrCreate(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "dev secret: " + file + " (expected: one line of Base64url; delete it for a new one)");
    Files.writeString(file, "");
    assertThatThrownBy(() -> DevSecret.loadOrCreate(folder)).isInstanceOf(ConfigException.class);
  }

  @Test
  void isClearWhenTheFolderCannotBeMade() throws IOException {
    Path inTheWay = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> DevSecret.loadOrCreate(inTheWay))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("dev secret: " + inTheWay);
  }
}
