package io.pushrod.server.config;

import io.pushrod.codec.EventClass;
import io.pushrod.server.config.ConfigValue.Entries;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All settings of one server, valid and immutable. `config/pushrod.yaml` says what each one means.
///
/// **Thread:** any.
///
/// @param dev development mode: loopback only, any tenant, a secret of its own. Only the command
///   line switches it on, no file does
/// @param env what events carry as `env`
public record ServerConfig(
    boolean dev,
    Path dataDir,
    String env,
    Http http,
    Ingest ingest,
    Admin admin,
    Auth auth,
    Limits limits,
    Quotas quotas,
    Memory memory,
    Retention retention,
    Fold fold,
    Heartbeat heartbeat,
    Timeouts timeouts,
    Sse sse,
    Compression compression,
    Tcp tcp,
    Server server,
    Drain drain,
    Events events,
    Log log) {

  private static final String LOOPBACK = "127.0.0.1";

  /// What holds when nothing is configured.
  ///
  /// @param dev as on the command line
  public static ServerConfig defaults(boolean dev) {
    return load(null, List.of(), dev);
  }

  /// The defaults with some settings on top.
  ///
  /// @param assignments `key=value`
  public static ServerConfig with(boolean dev, String... assignments) {
    return load(null, Arrays.stream(assignments).map(Assignment::parse).toList(), dev);
  }

  /// Lays the sources over each other and reads the result.
  ///
  /// @param file YAML, or null for none
  /// @param assignments later ones win
  /// @throws ConfigException for whatever is wrong with them
  public static ServerConfig load(@Nullable Path file, List<Assignment> assignments, boolean dev) {
    return read(settings(file, assignments), dev);
  }

  static Settings settings(@Nullable Path file, List<Assignment> assignments) {
    Entries root = file == null ? new Entries(new Origin("defaults", 0)) : YamlSource.file(file);
    for (Assignment each : assignments) {
      root.put(each.key(), YamlSource.value(each.option(), each.key(), each.value()));
    }
    return new Settings(root);
  }

  static ServerConfig read(Settings settings, boolean dev) {
    Path dataDir = settings.path("data_dir", ".");
    String env = settings.optionalText("env");
    ServerConfig config =
        new ServerConfig(
            dev,
            dataDir,
            env != null ? env : dev ? "dev" : "prod",
            Http.read(settings, dev),
            Ingest.read(settings, dev),
            Admin.read(settings),
            Auth.read(settings),
            Limits.read(settings),
            Quotas.read(settings),
            Memory.read(settings),
            Retention.read(settings),
            Fold.read(settings),
            Heartbeat.read(settings),
            Timeouts.read(settings),
            Sse.read(settings),
            Compression.read(settings),
            Tcp.read(settings),
            Server.read(settings),
            Drain.read(settings),
            Events.read(settings),
            Log.read(settings));
    settings.finish();
    config.checkFit(settings);
    return config;
  }

  /// An event that one bound admits must pass all others on its way.
  private void checkFit(Settings settings) {
    String event = "limits.event_bytes";
    settings.check(
        limits.eventBytes <= limits.publishBodyBytes, event, "at most limits.publish_body_bytes");
    settings.check(
        limits.eventBytes <= limits.ingestFrameBytes, event, "at most limits.ingest_frame_bytes");
    settings.check(limits.eventBytes <= retention.bytes, event, "at most retention.bytes");
    settings.check(
        limits.ingestFrameBytes <= limits.ingestWindowBytes,
        "limits.ingest_frame_bytes",
        "at most limits.ingest_window_bytes");
    settings.check(
        retention.lifecycleBytes <= retention.bytes,
        "retention.lifecycle_bytes",
        "at most retention.bytes");
    if (dev) {
      settings.check(isLoopback(http.host), "http.host", "a loopback address with --dev");
      settings.check(isLoopback(ingest.host), "ingest.host", "a loopback address with --dev");
      settings.check(isLoopback(admin.host), "admin.host", "a loopback address with --dev");
    }
  }

  static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.equals("[::1]")
        || host.matches("127(\\.[0-9]{1,3}){3}");
  }

  private static String listenHost(Settings settings, String key, boolean dev) {
    String host = settings.optionalText(key);
    return host != null ? host : dev ? LOOPBACK : "0.0.0.0";
  }

  /// @param allowedOrigins `same`, `*` or exact origins such as `https://app.example.com`
  /// @param trustedProxies addresses and networks whose `X-Forwarded-For` is believed
  public record Http(
      String host,
      int port,
      List<String> allowedOrigins,
      long corsMaxAgeMillis,
      List<String> trustedProxies) {

    static Http read(Settings settings, boolean dev) {
      Http http =
          new Http(
              listenHost(settings, "http.host", dev),
              settings.integer("http.port", "8080", 0, 65_535),
              settings.texts("http.allowed_origins", List.of("same")),
              settings.millis("http.cors_max_age", "10m", "0s", "1d"),
              settings.texts("http.trusted_proxies", List.of()));
      settings.check(
          http.allowedOrigins.stream().allMatch(Http::isOrigin),
          "http.allowed_origins",
          "same, \"*\" or origins such as https://app.example.com");
      settings.check(
          http.trustedProxies.stream().allMatch(text -> Network.parse(text) != null),
          "http.trusted_proxies",
          "addresses or networks such as 10.0.0.0/8 or fd00::/8");
      return http;
    }

    private static boolean isOrigin(String text) {
      return text.equals("same")
          || text.equals("*")
          || text.matches("[a-z][a-z0-9+.-]*://[^/?#\\s@]+");
    }
  }

  public record Ingest(String host, int port) {
    static Ingest read(Settings settings, boolean dev) {
      return new Ingest(
          listenHost(settings, "ingest.host", dev),
          settings.integer("ingest.port", "7400", 0, 65_535));
    }
  }

  public record Admin(String host, int port) {
    static Admin read(Settings settings) {
      return new Admin(
          settings.text("admin.host", LOOPBACK), settings.integer("admin.port", "9400", 0, 65_535));
    }
  }

  /// @param issuer what `iss` must be, or null for anything
  /// @param audience what `aud` must hold, or null for anything
  /// @param issuers those whose tokens have an `iss` of their own, besides the one of `keys`
  /// @param grants what roles and scopes add to the grants of a token
  /// @param defaultTopics subscribe grants of tokens that name none
  /// @param defaultPublish publish grants of tokens that name none
  /// @param ownedTopics patterns of topics that exist only for the readers a service has declared
  /// @param expiryWarningMillis how long before its token expires a connection is warned; 0 for
  ///   never
  /// @param revocationTimeMillis how long a revocation is remembered that does not say
  /// @param revocationEntries the most that are remembered
  public record Auth(
      List<AuthKey> keys,
      @Nullable String issuer,
      @Nullable String audience,
      List<AuthIssuer> issuers,
      Jwks jwks,
      long clockSkewMillis,
      Carriers carriers,
      Claims claims,
      List<AuthGrant> grants,
      List<String> defaultTopics,
      List<String> defaultPublish,
      List<String> ownedTopics,
      long expiryWarningMillis,
      long revocationTimeMillis,
      int revocationEntries,
      int tokenCacheEntries) {

    static Auth read(Settings settings) {
      return new Auth(
          settings.sections("auth.keys").stream().map(AuthKey::read).toList(),
          settings.optionalText("auth.issuer"),
          settings.optionalText("auth.audience"),
          settings.sections("auth.issuers").stream().map(AuthIssuer::read).toList(),
          Jwks.read(settings),
          settings.millis("auth.clock_skew", "30s", "0s", "10m"),
          Carriers.read(settings),
          Claims.read(settings),
          settings.sections("auth.grants").stream().map(AuthGrant::read).toList(),
          settings.texts("auth.default_topics", List.of()),
          settings.texts("auth.default_publish", List.of()),
          settings.texts("auth.owned_topics", List.of()),
          settings.millis("auth.expiry_warning", "1m", "0s", "1d"),
          settings.millis("auth.revocation_time", "24h", "1m", "3650d"),
          settings.integer("auth.revocation_entries", "10000", 1, 1_000_000),
          settings.integer("auth.token_cache_entries", "10000", 0, 10_000_000));
    }
  }

  /// How key sets are fetched from their URLs.
  ///
  /// @param refreshMillis from one fetch to the next while nothing else asks for one
  /// @param minIntervalMillis from one fetch to the next at least, whatever asks for it
  /// @param timeoutMillis of one fetch, to its last byte
  /// @param bytes that one key set may have
  public record Jwks(long refreshMillis, long minIntervalMillis, long timeoutMillis, int bytes) {
    static Jwks read(Settings settings) {
      return new Jwks(
          settings.millis("auth.jwks.refresh", "10m", "1s", "7d"),
          settings.millis("auth.jwks.min_interval", "30s", "100ms", "1h"),
          settings.millis("auth.jwks.timeout", "5s", "100ms", "1m"),
          settings.bytes("auth.jwks.bytes", "256KiB", "1KiB", "16MiB"));
    }
  }

  /// What carries a token in a request; null for a carrier that is switched off.
  ///
  /// @param header other than `Authorization` it may hold the bare token
  public record Carriers(@Nullable String header, @Nullable String query, @Nullable String cookie) {
    static Carriers read(Settings settings) {
      return new Carriers(
          name(settings, "auth.carriers.header", "Authorization"),
          name(settings, "auth.carriers.query", "token"),
          name(settings, "auth.carriers.cookie", "pushrod_token"));
    }

    /// A token by RFC 9110 section 5.6.2, as names of headers and cookies are.
    private static @Nullable String name(Settings settings, String key, String byDefault) {
      String name = settings.nullableText(key, byDefault);
      settings.check(
          name == null || name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+"), key, "a name, or null");
      return name;
    }
  }

  /// What the claims of a token are called.
  public record Claims(
      String tenant,
      String roles,
      String scopes,
      String topics,
      String publish,
      String own,
      String tenants) {
    static Claims read(Settings settings) {
      return new Claims(
          settings.text("auth.claims.tenant", "tenant"),
          settings.text("auth.claims.roles", "roles"),
          settings.text("auth.claims.scopes", "scope"),
          settings.text("auth.claims.topics", "topics"),
          settings.text("auth.claims.publish", "publish"),
          settings.text("auth.claims.own", "own"),
          settings.text("auth.claims.tenants", "tenants"));
    }
  }

  /// The bounds of everything a peer can make grow.
  public record Limits(
      int eventBytes,
      int clientFrameBytes,
      int clientFragments,
      int outboxBytes,
      int outboxEntries,
      int subscriptionsPerConnection,
      int publishBodyBytes,
      int requestLineBytes,
      int headerBytes,
      int headers,
      int ingestFrameBytes,
      int ingestWindowBytes,
      int ingestWindowEvents,
      int historyPageEvents,
      int inboxEntries,
      int tokenBytes,
      int producersPerTopic,
      int pipelinedRequests) {

    static Limits read(Settings settings) {
      return new Limits(
          settings.bytes("limits.event_bytes", "256KiB", "256", "16MiB"),
          settings.bytes("limits.client_frame_bytes", "64KiB", "256", "16MiB"),
          settings.integer("limits.client_fragments", "1024", 1, 1_048_576),
          settings.bytes("limits.outbox_bytes", "1MiB", "4KiB", "1GiB"),
          settings.integer("limits.outbox_entries", "256", 4, 65_536),
          settings.integer("limits.subscriptions_per_connection", "128", 1, 65_536),
          settings.bytes("limits.publish_body_bytes", "1MiB", "256", "256MiB"),
          settings.bytes("limits.request_line_bytes", "16KiB", "1KiB", "1MiB"),
          settings.bytes("limits.header_bytes", "16KiB", "1KiB", "1MiB"),
          settings.integer("limits.headers", "100", 8, 10_000),
          settings.bytes("limits.ingest_frame_bytes", "1MiB", "1KiB", "64MiB"),
          settings.bytes("limits.ingest_window_bytes", "4MiB", "1KiB", "1GiB"),
          settings.integer("limits.ingest_window_events", "8192", 1, 1_048_576),
          settings.integer("limits.history_page_events", "1000", 1, 100_000),
          settings.integer("limits.inbox_entries", "16384", 16, 1_048_576),
          settings.bytes("limits.token_bytes", "16KiB", "256", "64KiB"),
          settings.integer("limits.producers_per_topic", "64", 1, 65_536),
          settings.integer("limits.pipelined_requests", "16", 1, 1_024));
    }
  }

  /// What all, one tenant, one user and one address may take of the server; 0 is no bound.
  ///
  /// @param connections of clients and publishers, in all
  /// @param connectionsPerAddress where no trusted proxy says otherwise, of one peer's address
  /// @param acceptsPerSecond connections taken from the kernel
  /// @param publishPerSecond events that one tenant may publish, over time
  /// @param publishBurst events that one tenant may publish at once
  public record Quotas(
      int connections,
      int connectionsPerUser,
      int connectionsPerTenant,
      int connectionsPerAddress,
      int acceptsPerSecond,
      int acceptsPerSecondPerAddress,
      int publishPerSecond,
      int publishBurst,
      int topicsPerTenant) {
    private static final int MAX = 1_000_000_000;

    static Quotas read(Settings settings) {
      return new Quotas(
          settings.integer("quotas.connections", "100000", 0, MAX),
          settings.integer("quotas.connections_per_user", "10", 0, MAX),
          settings.integer("quotas.connections_per_tenant", "50000", 0, MAX),
          settings.integer("quotas.connections_per_address", "4096", 0, MAX),
          settings.integer("quotas.accepts_per_second", "5000", 0, MAX),
          settings.integer("quotas.accepts_per_second_per_address", "500", 0, MAX),
          settings.integer("quotas.publish_per_second", "50000", 0, MAX),
          settings.integer("quotas.publish_burst", "100000", 1, MAX),
          settings.integer("quotas.topics_per_tenant", "100000", 0, MAX));
    }
  }

  /// @param budgetBytes what logs and outboxes may take together; 0 for half of the off-heap memory
  ///   that the JVM may use
  public record Memory(long budgetBytes) {
    static Memory read(Settings settings) {
      return new Memory(settings.longBytes("memory.budget", "0", "0", "4096GiB"));
    }
  }

  /// How much of a topic's past is kept; whichever bound is reached first trims.
  ///
  /// @param lifecycleBytes of `bytes`, what only lifecycle events may use
  public record Retention(long bytes, int events, long ageMillis, int lifecycleBytes) {
    static Retention read(Settings settings) {
      return new Retention(
          settings.longBytes("retention.bytes", "4MiB", "4KiB", "64GiB"),
          settings.integer("retention.events", "10000", 1, 1_000_000_000),
          settings.millis("retention.age", "1h", "1s", "365d"),
          settings.bytes("retention.lifecycle_bytes", "64KiB", "1KiB", "16MiB"));
    }
  }

  /// @param thresholdBytes a reader that lacks more than this gets folded events
  public record Fold(int thresholdBytes) {
    static Fold read(Settings settings) {
      return new Fold(settings.bytes("fold.threshold_bytes", "16KiB", "0", "1GiB"));
    }
  }

  public record Heartbeat(
      long wsPingNanos, int wsMissedPongs, long sseCommentNanos, long ingestPingNanos) {
    static Heartbeat read(Settings settings) {
      return new Heartbeat(
          settings.nanos("heartbeat.ws_ping", "30s", "10ms", "1h"),
          settings.integer("heartbeat.ws_missed_pongs", "2", 1, 100),
          settings.nanos("heartbeat.sse_comment", "10s", "10ms", "1h"),
          settings.nanos("heartbeat.ingest_ping", "15s", "10ms", "1h"));
    }
  }

  public record Timeouts(
      long handshakeNanos,
      long headerNanos,
      long bodyNanos,
      long idleNanos,
      long writeProgressNanos) {
    static Timeouts read(Settings settings) {
      return new Timeouts(
          settings.nanos("timeouts.handshake", "10s", "10ms", "10m"),
          settings.nanos("timeouts.header", "10s", "10ms", "10m"),
          settings.nanos("timeouts.body", "30s", "10ms", "1h"),
          settings.nanos("timeouts.idle", "75s", "10ms", "1d"),
          settings.nanos("timeouts.write_progress", "30s", "10ms", "1h"));
    }
  }

  /// @param retryMillis what streams tell clients to wait before they reconnect, before jitter
  public record Sse(long retryMillis) {
    static Sse read(Settings settings) {
      return new Sse(settings.millis("sse.retry", "2s", "1ms", "10m"));
    }
  }

  /// @param websocket whether WebSockets may agree to permessage-deflate
  /// @param sse whether event streams may be gzip
  /// @param level 1 (fast) to 9 (small)
  /// @param minBytes events with less JSON stay as they are
  public record Compression(boolean websocket, boolean sse, int level, int minBytes) {
    static Compression read(Settings settings) {
      return new Compression(
          settings.flag("compression.websocket", true),
          settings.flag("compression.sse", false),
          settings.integer("compression.level", "1", 1, 9),
          settings.bytes("compression.min_bytes", "256", "0", "16MiB"));
    }
  }

  public record Tcp(int notsentLowatBytes) {
    static Tcp read(Settings settings) {
      return new Tcp(settings.bytes("tcp.notsent_lowat", "16KiB", "1KiB", "16MiB"));
    }
  }

  /// How sockets are driven.
  public enum Transport {
    AUTO,
    EPOLL,
    NIO
  }

  /// @param eventLoops 0 for one per core
  public record Server(int eventLoops, Transport transport) {
    static Server read(Settings settings) {
      return new Server(
          settings.integer("server.event_loops", "0", 0, 1_024),
          settings.choice("server.transport", Transport.AUTO));
    }
  }

  /// How the server leaves.
  ///
  /// @param delayMillis from the moment it reports itself as not ready until it stops listening
  /// @param windowMillis over which clients are told to go
  /// @param timeoutMillis after which whoever is still there is cut off
  public record Drain(long delayMillis, long windowMillis, long timeoutMillis) {
    static Drain read(Settings settings) {
      return new Drain(
          settings.millis("drain.delay", "0s", "0s", "10m"),
          settings.millis("drain.window", "5s", "0s", "1h"),
          settings.millis("drain.timeout", "30s", "10ms", "2h"));
    }
  }

  /// @param classes type name or `prefix*` → class: the shipped table with the configured one on
  ///   top
  public record Events(Map<String, EventClass> classes) {
    static Events read(Settings settings) {
      return new Events(EventTypes.overlaid(settings.map("events.classes")));
    }
  }

  /// The least important thing that is logged.
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /// How a log line is written.
  public enum Format {
    TEXT,
    JSON
  }

  public record Log(Level level, Format format) {
    static Log read(Settings settings) {
      return new Log(
          settings.choice("log.level", Level.INFO), settings.choice("log.format", Format.TEXT));
    }
  }
}
