package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.support.Admin;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RevokeCommandTest {
  private final TestCommand command = new TestCommand();
  @RegisterExtension final RunningServer server = new RunningServer();

  private int run(String... options) {
    List<String> arguments = new ArrayList<>(List.of("revoke", "--admin=" + server.admin("")));
    arguments.addAll(List.of(options));
    return command.run(arguments.toArray(String[]::new));
  }

  @Test
  void revokesAndSaysWhatWasClosed() {
    WsClient client = server.ws();
    assertThat(run("--tenant=acme", "--user=ann")).as(command.err()).isZero();
    assertThat(command.out()).contains("\"tenant\":\"acme\"", "\"user\":\"ann\"").hasLineCount(1);
    assertThat(command.err()).isEqualTo("pushrod: revoked; 1 connections closed\n");
    assertThat(client.closeCode()).isEqualTo(CloseReason.TOKEN_REVOKED.code());
  }

  @Test
  void saysWhatItIsTold() {
    assertThat(run("--token-id=a\"b")).isZero();
    assertThat(run("--tenant=acme", "--issued-before=2026-05-01T12:00:00Z", "--remember=2h"))
        .isZero();
    assertThat(new Admin(server).revocations().body())
        .contains("\"token_id\":\"a\\\"b\"", "\"issued_before\":1777636800000");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("--tenant=a", "--token-id=b")).isEqualTo(2);
    assertThat(run("--user=ann")).isEqualTo(2);
    assertThat(run("--tenant=a", "--issued-before=soon")).isEqualTo(2);
    assertThat(run("--token-id=a", "--issued-before=1777636800000")).isEqualTo(2);
    assertThat(run("--tenant=a b")).isEqualTo(1);
    assertThat(command.err()).startsWith("pushrod: revoke: 400 ").hasLineCount(1);
  }

  @Test
  void saysWhenThereIsNoServer() {
    String admin = server.admin("").toString();
    server.stop();
    assertThat(command.run("revoke", "--admin=" + admin, "--tenant=acme")).isEqualTo(1);
    assertThat(command.err()).startsWith("pushrod: admin: " + admin).hasLineCount(1);
  }
}
