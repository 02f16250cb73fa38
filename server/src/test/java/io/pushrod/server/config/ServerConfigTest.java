package io.pushrod.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.EventClass;
import io.pushrod.server.config.ServerConfig.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerConfigTest {
  @TempDir Path folder;

  private ServerConfig load(String yaml, String... assignments) {
    return ServerConfig.load(
        write(yaml), List.of(assignments).stream().map(Assignment::parse).toList(), false);
  }

  private Path write(String yaml) {
    try {
      return Files.writeString(folder.resolve("p.yaml"), yaml);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void refuses(String yaml, String message) {
    assertThatThrownBy(() -> load(yaml))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message.replace("FILE", folder.resolve("p.yaml").toString()))
        .hasMessageNotContaining("\n");
  }

  @Test
  void developmentListensOnLoopbackOnly() {
    ServerConfig config = ServerConfig.defaults(true);
    assertThat(config.http().host()).isEqualTo("127.0.0.1");
    assertThat(config.ingest().host()).isEqualTo("127.0.0.1");
    assertThat(config.env()).isEqualTo("dev");
    assertThatThrownBy(() -> ServerConfig.with(true, "http.host=0.0.0.0"))
        .hasMessage("--set: http.host: 0.0.0.0 (expected: a loopback address with --dev)");
  }

  @Test
  void productionListensEverywhere() {
    ServerConfig config = ServerConfig.defaults(false);
    assertThat(config.http().host()).isEqualTo("0.0.0.0");
    assertThat(config.admin().host()).isEqualTo("127.0.0.1");
    assertThat(config.env()).isEqualTo("prod");
  }

  @Test
  void theCommandLineWinsOverTheFileAndTheFileOverDefaults() {
    ServerConfig config =
        load(
            """
            http: {port: 1, cors_max_age: 5s}
            limits:
              event_bytes: 1KiB
            """,
            "http.port=2");
    assertThat(config.http().port()).isEqualTo(2);
    assertThat(config.http().corsMaxAgeMillis()).isEqualTo(5_000);
    assertThat(config.limits().eventBytes()).isEqualTo(1_024);
    assertThat(config.limits().outboxBytes()).isEqualTo(1 << 20);
  }

  @Test
  void readsListsEnumsAndNulls() {
    ServerConfig config =
        load(
            """
            http: {allowed_origins: ["*", https://app.example.com]}
            server: {transport: nio}
            env: ~
            auth:
              default_topics: thread/*
            tcp:
            """,
            "auth.default_publish=[a, b/*]");
    assertThat(config.http().allowedOrigins()).containsExactly("*", "https://app.example.com");
    assertThat(config.server().transport()).isEqualTo(Transport.NIO);
    assertThat(config.env()).isEqualTo("prod");
    assertThat(config.auth().defaultTopics()).containsExactly("thread/*");
    assertThat(config.auth().defaultPublish()).containsExactly("a", "b/*");
  }

  @Test
  void aFileOfNothingIsTheDefaults() {
    assertThat(load("")).isEqualTo(ServerConfig.defaults(false));
    assertThat(load("# only this\n")).isEqualTo(ServerConfig.defaults(false));
  }

  @Test
  void anUnknownKeyNamesItsPlaceAndTheNearestKey() {
    refuses(
        "http:\n  port: 1\nlimits:\n  evnt_bytes: 5KiB\n",
        "FILE:4: limits.evnt_bytes: 5KiB (expected: a known key, perhaps limits.event_bytes)");
    refuses(
        "event_bytes: 1KiB",
        "FILE:1: event_bytes: 1KiB (expected: a known key, perhaps limits.event_bytes)");
    refuses("quux: [1]", "FILE:1: quux: […] (expected: a key of config/pushrod.yaml)");
    refuses("http: {}\nlimit: {}", "FILE:2: limit: {} (expected: a key of config/pushrod.yaml)");
  }

  @Test
  void theCommandLineIsNamedAsTheSource() {
    assertThatThrownBy(() -> ServerConfig.with(false, "limits.evnt_bytes=5"))
        .hasMessage(
            "--set: limits.evnt_bytes: 5 (expected: a known key, perhaps limits.event_bytes)");
    assertThatThrownBy(
            () ->
                ServerConfig.load(null, List.of(new Assignment("--port", "http.port", "x")), false))
        .hasMessage("--port: http.port: x (expected: a whole number from 0 to 65535)");
    assertThatThrownBy(() -> Assignment.parse("http.port"))
        .hasMessage("--set: http.port (expected: key=value)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"65536", "-1", "1.5", "0x10", "8080 ", "8KiB", "99999999999999999999"})
  void refusesNumbersThatAreNone(String port) {
    assertThatThrownBy(() -> ServerConfig.with(false, "http.port=" + port))
        .hasMessage("--set: http.port: " + port + " (expected: a whole number from 0 to 65535)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"17MiB", "10", "5 KiB", "5KB", "5k", "-1", "9223372036854775807GiB"})
  void refusesSizesThatAreNone(String size) {
    assertThatThrownBy(() -> ServerConfig.with(false, "limits.client_frame_bytes=" + size))
        .hasMessage(
            "--set: limits.client_frame_bytes: "
                + size
                + " (expected: a size from 256 to 16MiB, such as 64KiB)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "5 s", "1us", "-1s", "2h", "1w", "1.5s", "99999999999999d"})
  void refusesDurationsThatAreNone(String duration) {
    assertThatThrownBy(() -> ServerConfig.with(false, "heartbeat.ws_ping=" + duration))
        .hasMessage(
            "--set: heartbeat.ws_ping: "
                + duration
                + " (expected: a duration from 10ms to 1h, such as 30s)");
  }

  @ParameterizedTest
  @CsvSource({"250ms,250", "30s,30000", "10m,600000", "0s,0", "1d,86400000"})
  void readsDurations(String text, long millis) {
    assertThat(ServerConfig.with(false, "http.cors_max_age=" + text).http().corsMaxAgeMillis())
        .isEqualTo(millis);
  }

  @Test
  void refusesValuesOfTheWrongShape() {
    refuses("http: 5", "FILE:1: http: 5 (expected: a mapping)");
    refuses(
        "http: {port: [1]}", "FILE:1: http.port: […] (expected: a whole number from 0 to 65535)");
    refuses(
        "http:\n  allowed_origins: {a: b}",
        "FILE:2: http.allowed_origins: {…} (expected: a list of texts)");
    refuses(
        "server: {transport: kqueue}",
        "FILE:1: server.transport: kqueue (expected: one of auto, epoll, io_uring, nio)");
    refuses(
        "http: {allowed_origins: [https://a.example/path]}",
        "FILE:1: http.allowed_origins: […] (expected: same, \"*\" or origins such as"
            + " https://app.example.com)");
    refuses(
        "- a", "FILE:1: the file holds no mapping (expected: lines such as http: {port: 8080})");
  }

  @Test
  void boundsThatDoNotFitTogetherAreRefused() {
    refuses(
        "limits:\n  event_bytes: 2MiB",
        "FILE:2: limits.event_bytes: 2MiB (expected: at most limits.publish_body_bytes)");
    refuses(
        "limits:\n  ingest_window_bytes: 512KiB",
        "limits.ingest_frame_bytes: 1MiB (expected: at most limits.ingest_window_bytes)");
  }

  @Test
  void brokenYamlIsOneLineWithItsPlace() {
    refuses(
        "http:\n  port: 1\n port: 2\n",
        "FILE:3: expected <block end>, but found '<block mapping start>' (expected: valid YAML)");
    assertThatThrownBy(() -> load("http: {allowed_origins: *}"))
        .hasMessageContaining("p.yaml:1: ")
        .hasMessageContaining("a value that starts with * needs quotes");
    assertThatThrownBy(() -> load("http: {port: 1}\nhttp: {port: 2}\n"))
        .hasMessageContaining("p.yaml:2: ");
    assertThatThrownBy(() -> load("http: {port: 1}\n---\nhttp: {port: 2}\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("p.yaml:2: ");
  }

  @Test
  void bombsAreRefused() {
    refuses("env: &a x\ndata_dir: y", "FILE:1: env: &a (expected: no anchors)");
    StringBuilder bomb = new StringBuilder("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (char c = 'b'; c <= 'i'; c++) {
      bomb.append(c).append(": &").append(c).append(" [");
      bomb.append(("*" + (char) (c - 1) + ",").repeat(9)).append("]\n");
    }
    assertThatThrownBy(() -> load(bomb.toString())).hasMessageContaining("no anchors");
    assertThatThrownBy(() -> load("a: " + "[".repeat(100_000))).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> load("a: " + "[".repeat(50) + "]".repeat(50)))
        .hasMessageContaining("nested too deeply");
    assertThatThrownBy(() -> load("# " + "x".repeat(300_000)))
        .hasMessageContaining("at most 256KiB");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path missing = folder.resolve("none.yaml");
    assertThatThrownBy(() -> ServerConfig.load(missing, List.of(), false))
        .hasMessage("config: " + missing + " (expected: a file that exists)");
    assertThatThrownBy(() -> ServerConfig.load(folder, List.of(), false))
        .hasMessageStartingWith("config: " + folder + " (expected: a readable file");
  }

  @Test
  void readsKeysWhoseFilesLieBesideTheConfig() {
    List<AuthKey> keys =
        load("""
                auth:
                  keys:
                    - {kid: k1, alg: RS256, public_key_file: keys/a.pem}
                    - alg: HS256
                      secret: not for anyone's eyes
                    - {jwks_file: /etc/jwks.json}
                """)
            .auth()
            .keys();
    String file = folder.resolve("p.yaml").toString();
    assertThat(keys)
        .containsExactly(
            new AuthKey(
                file + ":3: auth.keys[0]",
                "k1",
                SignatureAlgorithm.RS256,
                new AuthKey.PublicKeyFile(folder.resolve("keys/a.pem"))),
            new AuthKey(
                file + ":4: auth.keys[1]",
                null,
                SignatureAlgorithm.HS256,
                new AuthKey.Secret("not for anyone's eyes")),
            new AuthKey(
                file + ":6: auth.keys[2]",
                null,
                null,
                new AuthKey.JwksFile(Path.of("/etc/jwks.json"))));
    assertThat(keys.toString()).doesNotContain("eyes");
  }

  @Test
  void secretsAreInNoMessage() {
    refuses(
        "auth: {keys: [{alg: HS256, sekret: hush}]}",
        "FILE:1: auth.keys[0].sekret: (hidden) (expected: a known key, perhaps"
            + " auth.keys[0].secret)");
    refuses("auth: {keys: hush}", "FILE:1: auth.keys: (hidden) (expected: a list of mappings)");
    refuses("auth: {keys: [hush]}", "FILE:1: auth.keys: (hidden) (expected: a list of mappings)");
    refuses(
        "auth: {keys: [{secret: hush}]}",
        "FILE:1: auth.keys[0].alg: not set (expected: an algorithm such as HS256)");
    refuses(
        "auth: {keys: [{alg: HS256, secret: a, secret_file: b}]}",
        "FILE:1: auth.keys[0]: 2 keys (expected: one of secret, secret_file, public_key_file,"
            + " jwks_file)");
    refuses(
        "auth: {keys: [{alg: none, secret: hush}]}",
        "FILE:1: auth.keys[0].alg: none (expected: one of HS256, HS384, HS512, RS256, RS384,"
            + " RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA)");
  }

  @Test
  void readsIssuers() {
    AuthIssuer issuer =
        load("""
                auth:
                  issuers:
                    - issuer: https://id
                      jwks_url: https://id/jwks
                      algorithms: [EdDSA, ES256]
                      tenants: [a, b]
                """)
            .auth()
            .issuers()
            .get(0);
    assertThat(issuer.issuer()).isEqualTo("https://id");
    assertThat(issuer.jwksUrl()).hasToString("https://id/jwks");
    assertThat(issuer.algorithms())
        .containsExactly(SignatureAlgorithm.ES256, SignatureAlgorithm.EDDSA);
    assertThat(issuer.tenants()).containsExactly("a", "b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://id.example/jwks",
        "http://127.evil.example/jwks",
        "http://localhost.evil.example/jwks",
        "file:///etc/passwd",
        "ftp://id.example/jwks",
        "https:///jwks",
        "https://user:hush@id.example/jwks",
        "jwks.json"
      })
  void keySetsComeByHttpsOnly(String url) {
    assertThatThrownBy(() -> load("auth: {issuers: [{issuer: a, jwks_url: '" + url + "'}]}"))
        .hasMessageContaining("auth.issuers[0].jwks_url: ")
        .hasMessageContaining("(expected: an https URL without user and fragment;")
        .hasMessageNotContaining("hush");
  }

  @Test
  void aLoopbackHostNeedsNoTls() {
    for (String host : List.of("localhost", "127.0.0.1:8080", "[::1]")) {
      load("auth: {issuers: [{issuer: a, jwks_url: 'http://" + host + "/jwks'}]}");
    }
  }

  @Test
  void refusesIssuersThatContradictThemselves() {
    refuses(
        "auth: {issuers: [{issuer: a}]}",
        "FILE:1: auth.issuers[0].jwks_url: not set (expected: either jwks_url or keys, not both)");
    refuses(
        "auth: {issuers: [{issuer: a, jwks_url: 'https://a/', algorithms: [HS256]}]}",
        "FILE:1: auth.issuers[0].algorithms: […] (expected: no HS with jwks_url: whoever can read"
            + " such a key could sign)");
    refuses(
        "auth: {issuers: [{issuer: a, jwks_url: 'https://a/', tenant: a, tenants: [b]}]}",
        "FILE:1: auth.issuers[0].tenants: […] (expected: either tenant or tenants)");
    refuses(
        "auth: {issuers: [{issuer: a, keys: [{alg: HS256, sekret: hush}]}]}",
        "FILE:1: auth.issuers[0].keys[0].sekret: (hidden) (expected: a known key, perhaps"
            + " auth.issuers[0].keys[0].secret)");
    refuses(
        "auth: {grants: [{role: a, scope: b}]}",
        "FILE:1: auth.grants[0].role: a (expected: either role or scope)");
  }

  @Test
  void carriersCanBeRenamedAndSwitchedOff() {
    var carriers = load("auth: {carriers: {header: X-Token, query: ~}}").auth().carriers();
    assertThat(carriers).isEqualTo(new AuthConfig.Carriers("X-Token", null, "pushrod_token"));
    refuses(
        "auth: {carriers: {cookie: 'a b'}}",
        "FILE:1: auth.carriers.cookie: a b (expected: a name, or null)");
  }

  @Test
  void classesOfEventsAddToAndOverrideTheShippedOnes() {
    var classes =
        load(
                """
                events:
                  classes:
                    my.token: delta
                    "metrics.*": state
                    progress: plain
                """,
                "events.classes.my.other=signal")
            .events()
            .classes();
    assertThat(classes)
        .containsEntry("my.token", EventClass.DELTA)
        .containsEntry("metrics.*", EventClass.STATE)
        .containsEntry("my.other", EventClass.SIGNAL)
        .containsEntry("progress", EventClass.PLAIN)
        .containsEntry("run_end", EventClass.LIFECYCLE)
        .containsEntry("token_chunk", EventClass.DELTA)
        .containsEntry("conv_status", EventClass.STATE)
        .containsEntry("typing*", EventClass.SIGNAL)
        .containsEntry("blackboard_update", EventClass.PLAIN);
    refuses(
        "events:\n  classes:\n    a: sacred\n",
        "FILE:3: events.classes.a: sacred (expected: an event type or prefix*, and one of plain,"
            + " lifecycle, delta, state, signal)");
    refuses(
        "events: {classes: {'a b': state}}",
        "FILE:1: events.classes.a b: state (expected: an event type or prefix*, and one of plain,"
            + " lifecycle, delta, state, signal)");
  }

  @Test
  void readsTheStreamingSectionOfDockrion() {
    StreamingConfig streaming =
        load("""
                streaming:
                  async_runs: false
                  backend: memory
                  events:
                    allowed: chat
                    heartbeat_interval: 30
                    max_run_duration: 600
                """)
            .streaming();
    assertThat(streaming.asyncRuns()).isFalse();
    assertThat(streaming.events()).isEqualTo(new StreamingConfig.Events(List.of("chat"), 30, 600));
    StreamingConfig normally = ServerConfig.defaults(false).streaming();
    assertThat(normally.asyncRuns()).isTrue();
    assertThat(normally.events()).isEqualTo(new StreamingConfig.Events(List.of("all"), 15, 3_600));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "minimal",
        "chat",
        "debug",
        "all",
        "[]",
        "[token, step, progress, checkpoint, heartbeat, custom]",
        "[token, 'custom:fraud_check', 'custom:analytics', custom]",
        "[started, complete, error, cancelled]"
      })
  void runsMayEmitAPresetOrAList(String allowed) {
    String list = allowed.startsWith("[") ? allowed.substring(1, allowed.length() - 1) : allowed;
    List<String> names = list.isEmpty() ? List.of() : List.of(list.replace("'", "").split(", "));
    assertThat(
            load("streaming: {events: {allowed: " + allowed + "}}").streaming().events().allowed())
        .isEqualTo(names);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "verbose",
        "[token, tokens]",
        "[token, chat]",
        "[Token]",
        "['custom:']",
        "['custom:a b']",
        "['*']",
        "['custom:*']"
      })
  void refusesWhatNoRunEmits(String allowed) {
    refuses(
        "streaming:\n  events: {allowed: " + allowed + "}",
        "FILE:2: streaming.events.allowed: "
            + (allowed.startsWith("[") ? "[…]" : allowed)
            + " (expected: minimal, chat, debug or all; or a list of at most 64 of token, step,"
            + " progress, checkpoint, heartbeat, custom and custom:<name>)");
  }

  @Test
  void aListOfWhatRunsEmitIsBounded() {
    String names = "token, ".repeat(64);
    load("streaming: {events: {allowed: [" + names + "]}}");
    assertThatThrownBy(() -> load("streaming: {events: {allowed: [" + names + "token]}}"))
        .hasMessageContaining("at most 64");
  }

  @ParameterizedTest
  @CsvSource({
    "heartbeat_interval,0,1 to 300",
    "heartbeat_interval,301,1 to 300",
    "heartbeat_interval,15s,1 to 300",
    "max_run_duration,0,1 to 86400",
    "max_run_duration,86401,1 to 86400"
  })
  void theTimesOfRunsAreSecondsWithinDockrionsBounds(String key, String value, String bounds) {
    refuses(
        "streaming: {events: {" + key + ": " + value + "}}",
        "FILE:1: streaming.events."
            + key
            + ": "
            + value
            + " (expected: a whole number from "
            + bounds
            + ")");
  }

  @Test
  void keepsRunsWhereAllTopicsAre() {
    ServerConfig config =
        load(
            """
            streaming:
              backend: redis
              redis: {url: "redis://:hush@localhost", stream_ttl_seconds: 60, max_events_per_run: 7}
            storage:
              redis: {max_events_per_run: 9}
            """);
    assertThat(config.storage().backend()).isEqualTo(StorageConfig.Backend.REDIS);
    StorageConfig.Redis redis = config.storage().redis();
    assertThat(redis.url()).isEqualTo(new RelayConfig.Address("redis://:hush@localhost"));
    assertThat(redis.streamTtlSeconds()).isEqualTo(60);
    assertThat(redis.maxEventsPerRun()).isEqualTo(9);
    assertThat(config.toString()).doesNotContain("hush");
  }

  @Test
  void refusesAStoreThatCannotBe() {
    refuses(
        "streaming:\n  backend: kafka",
        "FILE:2: streaming.backend: kafka (expected: one of memory, disk, redis)");
    refuses(
        "storage:\n  backend: redis",
        "storage.redis.url: not set (expected: the address of a Redis with storage.backend redis)");
    refuses(
        "storage:\n  redis:\n    url: http://:hush@localhost",
        "FILE:3: storage.redis.url: (hidden) (expected: redis://, rediss://, redis-sentinel:// or"
            + " rediss-sentinel:// with a host)");
  }

  @Test
  void aRunsInputFitsItsQueue() {
    refuses(
        "runs:\n  queue_bytes: 128KiB",
        "runs.input_bytes: 256KiB (expected: at most runs.queue_bytes)");
    refuses(
        "runs: {default_agent: agent/echo}",
        "FILE:1: runs.default_agent: agent/echo (expected: 1-200 of A-Z a-z 0-9 _ . : -)");
  }
}
