package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.auth.ApiKey;
import io.pushrod.server.auth.ApiKeyFile;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Admin;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class ApiKeyTest {
  private static final List<String> ALL = List.of("*");

  @RegisterExtension final RunningServer server = new RunningServer();

  private static ApiKey.Created key(@Nullable Duration ttl) {
    return ApiKey.create(
        "service",
        new TokenRequest("acme", "svc", List.of(), ALL, ALL, List.of(), List.of(), ttl),
        System.currentTimeMillis());
  }

  private ApiKeyFile file() {
    return new ApiKeyFile(server.dataDir());
  }

  /// A key that the running server knows.
  private ApiKey.Created known(@Nullable Duration ttl) throws IOException {
    ApiKey.Created created = key(ttl);
    file().add(created.key());
    Await.until("the key is known", () -> publish(created.secret()) == 200);
    return created;
  }

  private int publish(String key) {
    return server
        .send(
            HttpRequest.newBuilder(server.http("/v1/publish"))
                .header("Authorization", "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.ofString("{\"topic\":\"t\",\"type\":\"note\"}")))
        .statusCode();
  }

  @Test
  void letsAKeyInWhereverATokenGoes() throws IOException {
    String key = known(null).secret();
    WsClient query = server.ws("/v1/ws?token=" + key);
    assertThat(query.next()).contains("\"authenticated\":true");
    assertThat(server.sseAt("/v1/sse?topic=t", "Cookie", "pushrod_token=" + key).next().data())
        .contains("\"op\":\"welcome\"");
    WsClient command = server.ws("/v1/ws");
    command.next();
    command.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + key + "\"}");
    assertThat(command.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":1}");
    try (IngestClient ingest = new IngestClient(server.server().ingestPort())) {
      ingest.hello("p", 1, key);
      ingest.welcome();
    }
  }

  @Test
  void refusesAnotherSecret() throws IOException {
    String key = known(null).secret();
    String other = key(null).secret();
    long before = server.count(Counter.AUTH_UNKNOWN_KEY);
    assertThat(publish(key.substring(0, 17) + other.substring(17))).isEqualTo(401);
    assertThat(publish(other)).isEqualTo(401);
    assertThat(server.count(Counter.AUTH_UNKNOWN_KEY)).isEqualTo(before + 2);
  }

  @Test
  void closesWhatARevokedKeyHoldsOpenAndRefusesIt() throws IOException {
    ApiKey.Created created = known(null);
    WsClient other = server.ws();
    WsClient webSocket = server.ws("/v1/ws?token=" + created.secret());
    SseClient sse = server.sseAt("/v1/sse?topic=t&token=" + created.secret());
    sse.next();
    try (IngestClient ingest = new IngestClient(server.server().ingestPort())) {
      ingest.hello("p", 1, created.secret());
      ingest.welcome();

      assertThat(file().remove(created.key().id())).isPresent();

      assertThat(webSocket.closeCode()).isEqualTo(CloseReason.TOKEN_REVOKED.code());
      assertThat(sse.next().data()).contains("\"reason\":\"token_revoked\"");
      assertThat(ingest.goaway().code()).isEqualTo(CloseReason.TOKEN_REVOKED.code());
    }
    assertThat(publish(created.secret())).isEqualTo(401);
    other.send("{\"op\":\"ping\",\"id\":1}");
    assertThat(other.nextReply()).contains("\"ack\"");
  }

  @Test
  void closesWhatAnExpiredKeyHoldsOpen() throws IOException {
    ApiKey.Created created = known(Duration.ofSeconds(2));
    WsClient client = server.ws("/v1/ws?token=" + created.secret());
    assertThat(client.closeCode()).isEqualTo(CloseReason.TOKEN_EXPIRED.code());
    assertThat(publish(created.secret())).isEqualTo(401);
  }

  @Test
  void endsAKeyByRevocationToo() throws IOException {
    ApiKey.Created created = known(null);
    WsClient client = server.ws("/v1/ws?token=" + created.secret());
    new Admin(server).revoke("{'token_id':'" + created.key().id() + "'}");
    assertThat(client.closeCode()).isEqualTo(CloseReason.TOKEN_REVOKED.code());
    assertThat(publish(created.secret())).isEqualTo(401);
  }

  @Test
  void keepsItsKeysWhenTheFileIsDamaged() throws IOException {
    ApiKey.Created created = known(null);
    Files.writeString(file().path(), "{\"id\":");
    server.awaitCount(Counter.AUTH_FILES_FAILED, 1);
    assertThat(publish(created.secret())).isEqualTo(200);
    Files.writeString(file().path(), "");
    Await.until("the key is gone", () -> publish(created.secret()) == 401);
    assertThat(server.count(Counter.AUTH_FILES_FAILED)).isEqualTo(1);
  }

  private static ServerConfig production(Path data) {
    return ServerConfig.with(
        false,
        "http.port=0",
        "ingest.port=0",
        "admin.port=0",
        "http.host=127.0.0.1",
        "ingest.host=127.0.0.1",
        "data_dir=" + data);
  }

  @Test
  void startsWithoutKeysForTokensWhenThereAreApiKeys(@TempDir Path data) throws IOException {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> PushServer.start(production(data)))
        .withMessageContaining("auth.keys: [] (expected: at least one key or issuer, an API key");
    ApiKey.Created created = key(null);
    new ApiKeyFile(data).add(created.key());
    try (PushServer only = PushServer.start(production(data))) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
              URI.create("http://127.0.0.1:" + only.httpPort() + "/v1/topics/t/events"));
      assertThat(server.send(request.copy().header("Authorization", "Bearer " + server.token())))
          .matches(answer -> answer.statusCode() == 401);
      assertThat(server.send(request.header("Authorization", "Bearer " + created.secret())))
          .matches(answer -> answer.statusCode() == 200);
    }
  }
}
