package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.auth.TokenVerifier;
import io.pushrod.server.auth.Verdict;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenCommandTest {
  private final TestCommand command = new TestCommand();
  @TempDir Path folder;

  private Verdict mint(long afterMillis, String... options) {
    List<String> arguments = new ArrayList<>(List.of("token", "--data", folder.toString()));
    arguments.addAll(List.of(options));
    assertThat(command.run(arguments.toArray(String[]::new))).as(command.err()).isZero();
    assertThat(command.out())
        .hasLineCount(1)
        .matches("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\n");
    return TokenVerifier.of(ServerConfig.with(true, "data_dir=" + folder))
        .verify(command.out().strip(), System.currentTimeMillis() + afterMillis);
  }

  private Identity identity(String... options) {
    return ((Accepted) mint(0, options)).identity();
  }

  @Test
  void readsEverythingAndPublishesNothingByDefault() {
    Identity identity = identity("--tenant", "acme", "--user", "ann");
    assertThat(identity.tenant()).isEqualTo("acme");
    assertThat(identity.user()).isEqualTo("ann");
    assertThat(identity.roles()).isEmpty();
    assertThat(identity.subscribe()).isEqualTo(Grants.ALL);
    assertThat(identity.publish()).isEqualTo(Grants.NONE);
    assertThat(identity.tokenId()).isNotEmpty();
    assertThat(command.err()).startsWith("pushrod: made ").endsWith(" for a server with --dev\n");
    identity("--tenant", "acme", "--user", "ann");
    assertThat(command.err()).isEmpty();
  }

  @Test
  void saysWhatItIsTold() {
    Identity identity =
        identity(
            "--tenant=a",
            "--user=u",
            "--role=x",
            "--role=y",
            "--topics=thread/*",
            "--topics=run/1",
            "--publish=job/1",
            "--tenants=b",
            "--ttl=2h");
    assertThat(identity.roles()).isEqualTo(Set.of("x", "y"));
    assertThat(identity.subscribe()).isEqualTo(Grants.of(List.of("thread/*", "run/1")));
    assertThat(identity.publish()).isEqualTo(Grants.of(List.of("job/1")));
    assertThat(identity.tenants()).isEqualTo(Set.of("a", "b"));
  }

  @Test
  void expiresWhenItShould() {
    assertThat(mint(3_500_000, "--tenant=a", "--user=u")).isInstanceOf(Accepted.class);
    assertThat(mint(3_700_000, "--tenant=a", "--user=u")).isEqualTo(new Refused(Reason.EXPIRED));
    assertThat(mint(3_700_000, "--tenant=a", "--user=u", "--ttl=7d")).isInstanceOf(Accepted.class);
  }

  @Test
  void signsWithAKeyFile() throws IOException, NoSuchAlgorithmException {
    var pair = KeyPairGenerator.getInstance("EC");
    pair.initialize(256);
    var keys = pair.generateKeyPair();
    Path privateKey = pem("private", "PRIVATE KEY", keys.getPrivate().getEncoded());
    Path publicKey = pem("public", "PUBLIC KEY", keys.getPublic().getEncoded());
    assertThat(
            command.run(
                "token",
                "--tenant=a",
                "--user=u",
                "--alg=ES256",
                "--kid=k",
                "--key-file=" + privateKey))
        .isZero();
    TokenVerifier verifier =
        TokenVerifier.of(
            ServerConfig.with(
                false, "auth.keys=[{alg: ES256, kid: k, public_key_file: " + publicKey + "}]"));
    assertThat(verifier.verify(command.out().strip(), System.currentTimeMillis()))
        .isInstanceOf(Accepted.class);
    assertThat(Files.exists(folder.resolve(".pushrod"))).isFalse();
  }

  private Path pem(String name, String kind, byte[] key) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        "-----BEGIN "
            + kind
            + "-----\n"
            + Base64.getMimeEncoder().encodeToString(key)
            + "\n-----END "
            + kind
            + "-----\n");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(command.run("token", "--tenant=a b", "--user=u")).isEqualTo(2);
    assertThat(command.run("token", "--tenant=a", "--user=u", "--topics=x y")).isEqualTo(2);
    assertThat(command.run("token", "--tenant=a", "--user=u", "--ttl=soon")).isEqualTo(2);
    assertThat(command.run("token", "--tenant=a", "--user=u", "--ttl=0s")).isEqualTo(2);
    assertThat(command.run("token", "--tenant=a", "--user=u", "--alg=HS256")).isEqualTo(2);
    assertThat(command.run("token", "--tenant=a", "--user=u", "--key-file=x")).isEqualTo(2);
    assertThat(command.run("token", "--tenant=a", "--user=u", "--key-file=x", "--alg=none"))
        .isEqualTo(2);
    assertThat(command.run("token", "--tenant=a", "--user=u", "--key-file=none", "--alg=HS256"))
        .isEqualTo(1);
    assertThat(command.err()).isEqualTo("pushrod: key file: none (expected: a file that exists)\n");
    assertThat(command.out()).isEmpty();
  }
}
