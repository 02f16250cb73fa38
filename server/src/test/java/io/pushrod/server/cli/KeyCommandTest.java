package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.auth.ApiKey;
import io.pushrod.server.auth.ApiKeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyCommandTest {
  private final TestCommand command = new TestCommand();
  @TempDir Path folder;

  private int run(String subcommand, String... options) {
    List<String> arguments = new ArrayList<>(List.of("key", subcommand, "--data=" + folder));
    arguments.addAll(List.of(options));
    return command.run(arguments.toArray(String[]::new));
  }

  private String create(String... options) {
    assertThat(run("create", options)).as(command.err()).isZero();
    assertThat(command.out()).matches("prk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}\n");
    return command.out().strip();
  }

  @Test
  void printsAKeyOnceAndNothingElse() throws IOException {
    String key = create("--tenant=acme", "--name=agents");
    String id = key.substring(0, 16);
    assertThat(command.err())
        .startsWith("pushrod: made " + id + " in ")
        .doesNotContain(key)
        .doesNotContain(key.substring(17));
    ApiKey kept = new ApiKeyFile(folder).load().getFirst();
    assertThat(kept.id()).isEqualTo(id);
    assertThat(kept.topics()).isEmpty();
    assertThat(kept.publish()).isEmpty();
    assertThat(kept.expiresAtMillis()).isZero();
    assertThat(create("--tenant=acme", "--name=agents")).isNotEqualTo(key);
  }

  @Test
  void saysWhatItIsTold() throws IOException {
    create(
        "--tenant=acme",
        "--name=n",
        "--user=u",
        "--role=x",
        "--role=y",
        "--topics=thread/*",
        "--publish=run/1",
        "--own=thread/*",
        "--tenants=b",
        "--ttl=7d");
    ApiKey key = new ApiKeyFile(folder).load().getFirst();
    assertThat(key.user()).isEqualTo("u");
    assertThat(key.roles()).containsExactly("x", "y");
    assertThat(key.topics()).containsExactly("thread/*");
    assertThat(key.publish()).containsExactly("run/1");
    assertThat(key.own()).containsExactly("thread/*");
    assertThat(key.tenants()).containsExactly("b");
    assertThat(key.expiresAtMillis() - key.createdAtMillis()).isEqualTo(7 * 86_400_000L);
  }

  @Test
  void listsWithoutSecrets() throws IOException {
    String key = create("--tenant=acme", "--name=agents of a", "--role=x", "--publish=*");
    create("--tenant=b", "--name=second", "--ttl=1h");
    assertThat(run("list")).isZero();
    assertThat(command.out().lines()).hasSize(3);
    assertThat(command.out())
        .contains(key.substring(0, 16) + "\tagents of a\tacme\t-\t", "\tnever\tx\t-\t*\t-\t-\n")
        .contains("\tsecond\tb\t")
        .doesNotContain(key.substring(17))
        .doesNotContain(new ApiKeyFile(folder).load().getFirst().sha256());
  }

  @Test
  void revokesByIdOnly() throws IOException {
    String first = create("--tenant=acme", "--name=a").substring(0, 16);
    String second = create("--tenant=acme", "--name=b").substring(0, 16);
    assertThat(run("revoke", first)).isZero();
    assertThat(command.err()).isEqualTo("pushrod: revoked " + first + " (a, tenant acme)\n");
    assertThat(new ApiKeyFile(folder).load()).extracting(ApiKey::id).containsExactly(second);
    assertThat(run("revoke", first)).isEqualTo(1);
    assertThat(command.err()).startsWith("pushrod: id: unknown");
  }

  @Test
  void refusesWhatMakesNoSense() throws IOException {
    assertThat(run("create", "--tenant=a")).isEqualTo(2);
    assertThat(run("create", "--tenant=a b", "--name=n")).isEqualTo(2);
    assertThat(run("create", "--tenant=a", "--name=")).isEqualTo(2);
    assertThat(run("create", "--tenant=a", "--name=n\nm")).isEqualTo(2);
    assertThat(run("create", "--tenant=a", "--name=n", "--publish=a b")).isEqualTo(2);
    assertThat(run("create", "--tenant=a", "--name=n", "--ttl=0s")).isEqualTo(2);
    assertThat(command.run("key")).isEqualTo(2);
    assertThat(new ApiKeyFile(folder).load()).isEmpty();
  }

  @Test
  void leavesADamagedFileAsItIs() throws IOException {
    Path file = new ApiKeyFile(folder).path();
    Files.createDirectories(file.getParent());
    Files.writeString(file, "garbage");
    assertThat(run("create", "--tenant=a", "--name=n")).isEqualTo(1);
    assertThat(command.err()).startsWith("pushrod: api keys: ").hasLineCount(1);
    assertThat(command.out()).isEmpty();
    assertThat(Files.readString(file)).isEqualTo("garbage");
  }
}
