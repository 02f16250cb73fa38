package io.pushrod.server.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KillSwitchesTest {
  private static final long NOW = 1_795_241_760_123L;

  @TempDir Path folder;
  private KillSwitches switches;

  @BeforeEach
  void open() {
    switches = new KillSwitches(folder, 3);
  }

  private static KillSwitch of(String tenant, Scope scope, String id) {
    return new KillSwitch(tenant, scope, id, "", "root", NOW);
  }

  private static Identity who(String tenant, String user) {
    return new Identity(
        tenant,
        user,
        Set.of(),
        Grants.ALL,
        Grants.ALL,
        Grants.NONE,
        Set.of(tenant),
        0,
        Long.MAX_VALUE,
        "");
  }

  private static boolean refuses(Runnable question) {
    try {
      question.run();
      return false;
    } catch (RequestException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.KILL_SWITCH);
      return true;
    }
  }

  private Path file() {
    return folder.resolve(".pushrod").resolve("kill-switches");
  }

  // Asking.

  @Test
  void refuseNothingWhileNothingIsSwitchedOff() {
    assertThat(refuses(() -> switches.checkRun(who("acme", "ann"), "echo", "openai"))).isFalse();
    assertThat(refuses(() -> switches.check(who("acme", ""), Action.PUBLISH))).isFalse();
    assertThat(switches.all("acme")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // scope, id, acme's ann, acme's bob, acme's nobody, acme's run of echo on openai
    "TENANT,   acme,      true,  true,  true,  true",
    "USER,     ann,       true,  false, false, true",
    "USER,     Ann,       false, false, false, false",
    "AGENT,    echo,      false, false, false, true",
    "AGENT,    other,     false, false, false, false",
    "PROVIDER, openai,    false, false, false, true",
    "PROVIDER, open,      false, false, false, false",
    "ACTION,   run_start, false, false, false, true",
    "ACTION,   publish,   false, false, false, false",
  })
  void refuseWhatASwitchNames(
      Scope scope, String id, boolean ann, boolean bob, boolean nobody, boolean run) {
    assertThat(switches.set(of("acme", scope, id))).isNotNull();
    assertThat(refuses(() -> switches.check(who("acme", "ann")))).isEqualTo(ann);
    assertThat(refuses(() -> switches.check(who("acme", "bob")))).isEqualTo(bob);
    assertThat(refuses(() -> switches.check(who("acme", "")))).isEqualTo(nobody);
    assertThat(refuses(() -> switches.checkRun(who("acme", "ann"), "echo", "openai")))
        .isEqualTo(run);
    assertThat(refuses(() -> switches.checkRun(who("other", "ann"), "echo", "openai"))).isFalse();
  }

  @Test
  void refuseOneActionAndNoOther() {
    switches.set(of("acme", Scope.ACTION, "subscribe"));
    for (Action action : Action.values()) {
      assertThat(refuses(() -> switches.check(who("acme", "ann"), action)))
          .isEqualTo(action == Action.SUBSCRIBE);
      assertThat(refuses(() -> switches.check(who("other", "ann"), action))).isFalse();
    }
  }

  @Test
  void sayWhyInTheRefusal() {
    switches.set(new KillSwitch("acme", Scope.USER, "ann", "abuse, ticket 7", "root", NOW));
    assertThatExceptionOfType(RequestException.class)
        .isThrownBy(() -> switches.check(who("acme", "ann")))
        .withMessage("user: switched off (expected: lifted by an owner; abuse, ticket 7)");
  }

  @Test
  void areFoundAndListedInTheirTenantOnly() {
    KillSwitch first = of("acme", Scope.USER, "ann");
    KillSwitch second = of("acme", Scope.AGENT, "echo");
    switches.set(first);
    switches.set(second);
    assertThat(switches.all("acme")).containsExactly(first, second);
    assertThat(switches.all("other")).isEmpty();
    assertThat(switches.find("acme", Scope.AGENT, "echo")).isEqualTo(second);
    assertThat(switches.find("other", Scope.AGENT, "echo")).isNull();
    assertThat(switches.find("acme", Scope.PROVIDER, "echo")).isNull();
  }

  // Changing.

  @Test
  void keepTheOneThatStandsUnlessItsReasonIsAnother() {
    KillSwitch first = new KillSwitch("acme", Scope.USER, "ann", "abuse", "root", NOW);
    KillSwitch again = new KillSwitch("acme", Scope.USER, "ann", "abuse", "sue", NOW + 1);
    KillSwitch other = new KillSwitch("acme", Scope.USER, "ann", "worse", "sue", NOW + 2);
    assertThat(switches.set(first)).isEqualTo(first);
    assertThat(switches.set(again)).isEqualTo(first);
    assertThat(switches.set(other)).isEqualTo(other);
    assertThat(switches.all("acme")).containsExactly(other);
  }

  @Test
  void areNoMoreThanATenantMayHave() {
    for (String id : List.of("a", "b", "c")) {
      assertThat(switches.set(of("acme", Scope.AGENT, id))).isNotNull();
    }
    assertThat(switches.set(of("acme", Scope.AGENT, "d"))).isNull();
    assertThat(switches.set(of("acme", Scope.AGENT, "c"))).isNotNull();
    assertThat(switches.set(of("other", Scope.AGENT, "d"))).isNotNull();

    assertThat(switches.lift("acme", Scope.AGENT, "a")).isNotNull();
    assertThat(switches.set(of("acme", Scope.AGENT, "d"))).isNotNull();
  }

  @Test
  void areLiftedOnce() {
    KillSwitch set = of("acme", Scope.TENANT, "acme");
    switches.set(set);
    assertThat(switches.lift("other", Scope.TENANT, "acme")).isNull();
    assertThat(switches.lift("acme", Scope.TENANT, "acme")).isEqualTo(set);
    assertThat(switches.lift("acme", Scope.TENANT, "acme")).isNull();
    assertThat(refuses(() -> switches.check(who("acme", "ann")))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "TENANT, other",
        "TENANT, ''",
        "USER, ''",
        "USER, 'a\nb'",
        "AGENT, a/b",
        "AGENT, ''",
        "PROVIDER, ''",
        "ACTION, run-start",
        "ACTION, RUN_START",
      })
  void nameOnlyWhatThereCanBe(Scope scope, String id) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of("acme", scope, id))
        .withMessageStartingWith("id: invalid");
  }

  @Test
  void haveAReasonOfOneShortLine() {
    String longest = "x".repeat(KillSwitch.MAX_REASON_LENGTH);
    assertThat(new KillSwitch("acme", Scope.USER, "ann", longest, "", NOW).reason())
        .isEqualTo(longest);
    for (String reason : List.of(longest + "x", "two\nlines")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new KillSwitch("acme", Scope.USER, "ann", reason, "", NOW))
          .withMessageStartingWith("reason: invalid");
    }
  }

  // The file.

  @Test
  void holdAfterARestart() throws IOException {
    KillSwitch user =
        new KillSwitch("acme", Scope.USER, "ann \"\\ é", "say \"why\"", "root\n", NOW);
    KillSwitch agent = of("other", Scope.AGENT, "echo");
    switches.set(user);
    switches.set(agent);
    switches.save();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");

    KillSwitches restarted = new KillSwitches(folder, 3);
    assertThat(restarted.all("acme")).containsExactly(user);
    assertThat(restarted.all("other")).containsExactly(agent);

    restarted.lift("acme", Scope.USER, user.id());
    restarted.save();
    assertThat(new KillSwitches(folder, 3).all("acme")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret-text",
        "{'tenant':'acme','scope':'secret-text','id':'x'}",
        "{'tenant':'acme','scope':'action','id':'secret-text'}",
        "{'tenant':'acme','scope':'tenant','id':'secret-text'}",
        "{'tenant':'acme','scope':'user'}",
        "{'scope':'user','id':'secret-text'}",
        "{'tenant':'acme','scope':'user','id':'x','secret-text':1}",
        "{'tenant':'acme','scope':'user','id':'x','set_at':'secret-text'}",
      })
  void areNotReadFromADamagedFile(String line) throws IOException {
    Files.createDirectories(folder.resolve(".pushrod"));
    Files.writeString(file(), line.replace('\'', '"') + "\n");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> new KillSwitches(folder, 3))
        .withMessageStartingWith("kill switches: " + file())
        .withMessageNotContaining("secret-text");
  }

  @Test
  void areNotReadFromAFileOfAnybody() throws IOException {
    switches.set(of("acme", Scope.USER, "ann"));
    switches.save();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> new KillSwitches(folder, 3))
        .withMessageContaining("chmod 600");
  }

  @Test
  void coverIdentitiesByTenantAndUserAlone() {
    Identity ann = who("acme", "ann");
    assertThat(of("acme", Scope.TENANT, "acme").covers(ann)).isTrue();
    assertThat(of("other", Scope.TENANT, "other").covers(ann)).isFalse();
    assertThat(of("acme", Scope.USER, "ann").covers(ann)).isTrue();
    assertThat(of("other", Scope.USER, "ann").covers(ann)).isFalse();
    assertThat(of("acme", Scope.AGENT, "ann").covers(ann)).isFalse();
  }
}
