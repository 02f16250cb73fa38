package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pushrod.server.config.ConfigException;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RevocationsTest {
  private static final long NOW = 1_795_241_760_123L;
  private static final long DAY = 86_400_000;

  @TempDir Path folder;
  private Revocations revocations;

  @BeforeEach
  void open() {
    revocations = new Revocations(folder, 3);
  }

  private static Revocation of(String json) {
    return Revocation.request(json.replace('\'', '"'), NOW, DAY);
  }

  private static Identity who(String tenant, String user, long issued, String tokenId) {
    return new Identity(
        tenant,
        user,
        Set.of(),
        Grants.ALL,
        Grants.ALL,
        Grants.NONE,
        Set.of(tenant),
        issued,
        Long.MAX_VALUE,
        tokenId);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'token_id':'j1'}                      | acme  | ann | 0  | j1 | true",
        "{'token_id':'j1'}                      | acme  | ann | 9  | j1 | true",
        "{'token_id':'j1'}                      | acme  | ann | 0  | j2 | false",
        "{'token_id':'j1'}                      | acme  | ann | 0  | '' | false",
        "{'tenant':'acme','user':'ann'}         | acme  | ann | 0  | j1 | true",
        "{'tenant':'acme','user':'ann'}         | acme  | ann | -1 | j1 | true",
        "{'tenant':'acme','user':'ann'}         | acme  | ann | 1  | j1 | false",
        "{'tenant':'acme','user':'ann'}         | acme  | bob | 0  | j1 | false",
        "{'tenant':'acme','user':'ann'}         | acme  | ''  | 0  | j1 | false",
        "{'tenant':'acme','user':'ann'}         | other | ann | 0  | j1 | false",
        "{'tenant':'acme'}                      | acme  | ann | 0  | j1 | true",
        "{'tenant':'acme'}                      | acme  | ''  | -1 | '' | true",
        "{'tenant':'acme'}                      | acme  | ann | 1  | j1 | false",
        "{'tenant':'acme'}                      | other | ann | -1 | j1 | false",
      })
  void coversWhatItNames(
      String rule, String tenant, String user, long issued, String tokenId, boolean covered) {
    Revocation revocation = of(rule);
    Identity who = who(tenant, user, NOW + issued, tokenId);
    assertThat(revocation.covers(who)).isEqualTo(covered);
    assertThat(revocations.add(revocation)).isTrue();
    assertThat(revocations.covers(who)).isEqualTo(covered);
  }

  @Test
  void coversACredentialThatDoesNotSayWhenItWasIssued() {
    revocations.add(of("{'tenant':'acme','issued_before':200000000000}"));
    assertThat(revocations.covers(who("acme", "ann", 0, ""))).isTrue();
    assertThat(revocations.covers(who("acme", "ann", NOW, ""))).isFalse();
  }

  @Test
  void coversNothingWhileItIsEmpty() {
    assertThat(revocations.covers(who("acme", "ann", 0, ""))).isFalse();
  }

  @Test
  void takesTheLatestOfSeveralMoments() {
    revocations.add(of("{'tenant':'acme','issued_before':1795241760000,'expires_in':90000}"));
    revocations.add(of("{'tenant':'acme','issued_before':1795241750000,'expires_in':95000}"));
    assertThat(revocations.all()).hasSize(2);
    assertThat(revocations.covers(who("acme", "ann", 1_795_241_760_000L, ""))).isTrue();
    assertThat(revocations.covers(who("acme", "ann", 1_795_241_760_001L, ""))).isFalse();
  }

  @Test
  void replacesWhatANewOneMakesNeedless() {
    revocations.add(of("{'tenant':'acme','expires_in':60}"));
    Revocation second = of("{'tenant':'acme','expires_in':61}");
    revocations.add(second);
    assertThat(revocations.all()).containsExactly(second);
  }

  @Test
  void isBounded() {
    revocations.add(of("{'token_id':'a'}"));
    revocations.add(of("{'token_id':'b'}"));
    revocations.add(of("{'token_id':'c'}"));
    assertThat(revocations.add(of("{'token_id':'d'}"))).isFalse();
    assertThat(revocations.add(of("{'token_id':'c'}"))).isTrue();
    assertThat(revocations.all()).hasSize(3);
  }

  @Test
  void takesOneBack() {
    Revocation revocation = of("{'token_id':'a'}");
    revocations.add(revocation);
    assertThat(revocations.remove("rev_unknown")).isNull();
    assertThat(revocations.remove(revocation.id())).isEqualTo(revocation);
    assertThat(revocations.covers(who("acme", "ann", NOW, "a"))).isFalse();
  }

  @Test
  void forgetsWhatHasExpired() {
    revocations.add(of("{'token_id':'a','expires_in':60}"));
    revocations.add(of("{'token_id':'b','expires_in':61}"));
    assertThat(revocations.forgetExpired(NOW + 59_999)).isEmpty();
    assertThat(revocations.forgetExpired(NOW + 60_000)).hasSize(1);
    assertThat(revocations.covers(who("acme", "ann", NOW, "a"))).isFalse();
    assertThat(revocations.covers(who("acme", "ann", NOW, "b"))).isTrue();
  }

  @Test
  void isThereAgainAfterARestart() throws IOException {
    revocations.add(of("{'tenant':'acme','user':'a\\u000ann\\''}".replace("\\'", "\\\"")));
    revocations.add(of("{'token_id':'a'}"));
    revocations.save();
    assertThat(new Revocations(folder, 3).all()).isEqualTo(revocations.all());
    Path file = folder.resolve(".pushrod").resolve("revocations");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @Test
  void doesNotStartWithADamagedFile() throws IOException {
    revocations.save();
    Files.writeString(folder.resolve(".pushrod").resolve("revocations"), "{\"id\":\"rev_1\"}");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> new Revocations(folder, 3))
        .withMessageStartingWith("revocations: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{}",
        "{'tenant':''}",
        "{'tenant':'a b'}",
        "{'tenant':7}",
        "{'user':'ann'}",
        "{'tenant':'acme','user':''}",
        "{'token_id':'a','tenant':'acme'}",
        "{'token_id':'a','issued_before':1795241760123}",
        "{'tenant':'acme','issued_before':1795241760}",
        "{'tenant':'acme','issued_before':-1}",
        "{'tenant':'acme','issued_before':1795241760123.5}",
        "{'tenant':'acme','issued_before':1e300}",
        "{'tenant':'acme','expires_in':0}",
        "{'tenant':'acme','expires_in':9999999999}",
        "{'tennant':'acme'}",
      })
  void refusesARequestThatIsNotClear(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> of(json));
  }
}
