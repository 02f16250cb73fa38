package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.pushrod.server.auth.ApiKeys.Change;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
  private static final long NOW = 1_795_241_760_500L;
  private static final Refused UNKNOWN = new Refused(Reason.UNKNOWN_API_KEY);

  @TempDir Path folder;
  private final ApiKey.Created created = ApiKeyFileTest.key("a");
  private ApiKeyFile file;

  @BeforeEach
  void open() throws IOException {
    file = new ApiKeyFile(folder);
    file.add(created.key());
  }

  @Test
  void saysWhoTheBearerIs() {
    Accepted accepted = (Accepted) new ApiKeys(folder).verify(created.secret(), NOW);
    assertThat(accepted.identity())
        .isEqualTo(
            new Identity(
                "acme",
                "ann",
                Set.of("x"),
                Grants.of(List.of("thread/*")),
                Grants.ALL,
                Grants.of(List.of("run/*")),
                Set.of("acme", "other"),
                1_795_241_760_123L,
                1_795_241_760_123L + 3_600_000,
                created.key().id()));
  }

  @Test
  void refusesWhatIsNotExactlyTheKey() {
    ApiKeys keys = new ApiKeys(folder);
    String key = created.secret();
    int secretAt = created.key().id().length() + 1;
    String other = ApiKeyFileTest.key("other").secret();
    for (String wrong :
        List.of(
            other,
            created.key().id() + other.substring(secretAt - 1),
            key.substring(0, secretAt)
                + flipped(key.charAt(secretAt))
                + key.substring(secretAt + 1),
            key.substring(0, key.length() - 1) + flipped(key.charAt(key.length() - 1)),
            key.substring(0, key.length() - 1),
            key + "A",
            key + " ",
            created.key().id(),
            created.key().id() + "_" + created.key().sha256(),
            "prk_",
            "prk_" + "\u00e9".repeat(56))) {
      assertThat(keys.verify(wrong, NOW)).isEqualTo(UNKNOWN);
    }
  }

  private static char flipped(char c) {
    return c == 'A' ? 'B' : 'A';
  }

  @Test
  void refusesAKeyFromTheMomentThatItExpires() {
    ApiKeys keys = new ApiKeys(folder);
    long expires = created.key().expiresAtMillis();
    assertThat(keys.verify(created.secret(), expires - 1)).isInstanceOf(Accepted.class);
    assertThat(keys.verify(created.secret(), expires)).isEqualTo(new Refused(Reason.EXPIRED));
  }

  @Test
  void noticesWhatCameAndWent() throws IOException {
    ApiKeys keys = new ApiKeys(folder);
    assertThat(keys.refresh()).isNull();
    ApiKey.Created second = ApiKeyFileTest.key("second");
    file.add(second.key());
    assertThat(keys.refresh()).isEqualTo(new Change(Set.of(second.key().id()), Set.of()));
    assertThat(keys.verify(second.secret(), NOW)).isInstanceOf(Accepted.class);

    var _ = file.remove(created.key().id());
    assertThat(keys.refresh()).isEqualTo(new Change(Set.of(), Set.of(created.key().id())));
    assertThat(keys.verify(created.secret(), NOW)).isEqualTo(UNKNOWN);
    assertThat(keys.verify(second.secret(), NOW)).isInstanceOf(Accepted.class);
    assertThat(keys.refresh()).isNull();
  }

  @Test
  void endsAKeyWhoseGrantsChanged() throws IOException {
    ApiKeys keys = new ApiKeys(folder);
    String text = Files.readString(file.path());
    Files.writeString(file.path(), text.replace("thread/*", "thread/1"));
    assertThat(keys.refresh()).isEqualTo(new Change(Set.of(), Set.of(created.key().id())));
  }

  @Test
  void keepsTheOldKeysWhenTheFileIsDamaged() throws IOException {
    ApiKeys keys = new ApiKeys(folder);
    Files.writeString(file.path(), "{\"id\":");
    assertThatIOException().isThrownBy(keys::refresh);
    assertThat(keys.refresh()).as("reported once").isNull();
    assertThat(keys.verify(created.secret(), NOW)).isInstanceOf(Accepted.class);

    Files.writeString(file.path(), "");
    assertThat(keys.refresh()).isEqualTo(new Change(Set.of(), Set.of(created.key().id())));
  }

  @Test
  void endsAllKeysWhenTheFileIsDeleted() throws IOException {
    ApiKeys keys = new ApiKeys(folder);
    Files.delete(file.path());
    assertThat(keys.refresh()).isEqualTo(new Change(Set.of(), Set.of(created.key().id())));
    assertThat(keys.verify(created.secret(), NOW)).isEqualTo(UNKNOWN);
  }

  @Test
  void doesNotStartWithADamagedFile() throws IOException {
    Files.writeString(file.path(), "garbage");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> new ApiKeys(folder))
        .withMessageContaining(file.path().toString());
  }
}
